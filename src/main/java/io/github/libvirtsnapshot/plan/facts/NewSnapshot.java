package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A snapshot that does not exist yet.
 *
 * @param kind whether the snapshot is stored within the images of the disks
 * @param withMemory whether the snapshot includes the memory of an active guest
 * @param leftOut the targets of the writable disks that the snapshot does not include
 */
public record NewSnapshot(
    String name, Optional<String> description, Kind kind, boolean withMemory, Set<String> leftOut) {
  private static final StorageLocation NO =
      new StorageLocation(StorageLocation.Kind.NO, Optional.empty());
  private static final StorageLocation INTERNAL =
      new StorageLocation(StorageLocation.Kind.INTERNAL, Optional.empty());

  /** Copies the set. */
  public NewSnapshot {
    leftOut = ImmutableSet.copyOf(leftOut);
  }

  /** Returns a snapshot of all disks, with the memory of an active guest. */
  public static NewSnapshot ofEverything(String name, Kind kind) {
    return new NewSnapshot(name, Optional.empty(), kind, true, ImmutableSet.of());
  }

  /**
   * Returns the file with the memory of an external snapshot. The file is in the folder of the
   * image of the first included disk, and named after that image, as another domain may have a
   * snapshot of the same name.
   *
   * @param included the disks that the snapshot includes, at least one of which is writable
   */
  public static StorageLocation memoryFile(String name, List<Disk> included) {
    String image = included.stream().filter(Disk::isWritable).findFirst().orElseThrow().image();
    return external(ImageName.withoutExtension(image) + "." + name + ".memory");
  }

  private static StorageLocation external(String file) {
    return new StorageLocation(StorageLocation.Kind.EXTERNAL, Optional.of(file));
  }

  /** Returns whether the snapshot is stored within the images of the disks. */
  public boolean isInternal() {
    return kind == Kind.INTERNAL;
  }

  /**
   * Returns the description that libvirt will have of the snapshot.
   *
   * @param status the domain when the snapshot is taken
   * @param domain the definition of the domain at that time
   * @param disks the disks of that definition
   * @param taken the time at which the snapshot is taken
   */
  public SnapshotDescription describe(
      DomainStatus status, XmlNode domain, List<Disk> disks, Instant taken) {
    SnapshotDetails details =
        new SnapshotDetails(
            name,
            description,
            Optional.of(state(status)),
            Optional.of(taken.getEpochSecond()),
            status.currentSnapshot(),
            memory(status, disks),
            locations(disks),
            true,
            Optional.empty(),
            Optional.empty());
    return new SnapshotDescription(
        details, ImmutableMap.of(), Optional.of(domain), Optional.empty(), disks);
  }

  /** Returns the present time: the clock of the host may be ahead of that of this program. */
  public static Instant now(ImageReadings readings) {
    return Stream.concat(
            Stream.of(Instant.now()),
            readings.read().values().stream().flatMap(reading -> reading.modified().stream()))
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private SnapshotState state(DomainStatus status) {
    if (!status.isActive()) {
      return SnapshotState.SHUTOFF;
    }
    if (!withMemory) {
      return SnapshotState.DISK_SNAPSHOT;
    }
    return status.state() == DomainState.PAUSED ? SnapshotState.PAUSED : SnapshotState.RUNNING;
  }

  private StorageLocation memory(DomainStatus status, List<Disk> disks) {
    if (!status.isActive() || !withMemory) {
      return NO;
    }
    List<Disk> included = disks.stream().filter(this::includes).toList();
    return isInternal() || included.isEmpty() ? INTERNAL : memoryFile(name, included);
  }

  private boolean includes(Disk disk) {
    return disk.isWritable() && !leftOut.contains(disk.target());
  }

  private Map<String, StorageLocation> locations(List<Disk> disks) {
    Map<String, StorageLocation> locations = new LinkedHashMap<>();
    disks.forEach(disk -> locations.putIfAbsent(disk.target(), location(disk)));
    return locations;
  }

  private StorageLocation location(Disk disk) {
    if (!includes(disk)) {
      return NO;
    }
    return isInternal()
        ? INTERNAL
        : external(ImageName.withoutExtension(disk.image()) + "." + name);
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return "new snapshot " + LogEscaper.quote(name);
  }
}
