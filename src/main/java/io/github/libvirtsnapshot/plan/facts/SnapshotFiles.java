package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.host.DiskSize;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files that a new snapshot creates or enlarges: whether they exist already, and how much room
 * there is for them.
 */
public final class SnapshotFiles implements ImageQuestion {
  private static final long KIB = 1024;

  private final DomainQueries domain;
  private final List<SnapshotDescription> candidates;
  private final Map<String, DiskSize> sizes = new HashMap<>();
  private final Map<String, OptionalLong> available = new HashMap<>();
  private final Set<String> existing = new HashSet<>();
  private final Set<String> doubtful = new HashSet<>();
  private long memory;

  /**
   * Creates the query.
   *
   * @param candidates the descriptions of the snapshots that may be taken
   */
  SnapshotFiles(Domain domain, List<SnapshotDescription> candidates) {
    this.domain = new DomainQueries(domain);
    this.candidates = List.copyOf(candidates);
  }

  @Override
  public void ask(
      ImageInspector images, DomainStatus before, Definitions definitions, Unknowns unknowns)
      throws ConnectionLostException {
    memory = HostCheck.memory(definitions.now()) * KIB;
    for (Disk disk : candidates.get(0).disks()) {
      if (disk.isWritable()) {
        findRoom(images, disk.image(), unknowns);
        measure(disk.target(), unknowns);
      }
    }
    for (SnapshotDescription candidate : candidates) {
      for (String file : files(candidate).toList()) {
        findRoom(images, file, unknowns);
        lookFor(images, file);
      }
    }
  }

  /** Returns the files that libvirt creates for a snapshot. */
  public static Stream<String> files(SnapshotDescription snapshot) {
    return Stream.concat(
        snapshot.details().memory().file().stream(), snapshot.overlays().values().stream());
  }

  /**
   * Returns the overlays that the domain uses already, by the target of the disk.
   *
   * @param planned where a snapshot stores each disk, by target
   * @throws IllegalStateException if the XML of the domain cannot be read
   */
  public static Map<String, String> overlaysInUse(
      Domain domain, Map<String, StorageLocation> planned) throws LibvirtException {
    Map<String, String> inUse = new LinkedHashMap<>();
    for (Disk disk : Disk.of(XmlNode.parse(domain.getXMLDesc()))) {
      Optional.ofNullable(planned.get(disk.target()))
          .flatMap(StorageLocation::file)
          .filter(disk.image()::equals)
          .ifPresent(overlay -> inUse.put(disk.target(), overlay));
    }
    return inUse;
  }

  private void measure(String target, Unknowns unknowns) throws ConnectionLostException {
    Optional<DiskSize> size =
        unknowns.ask(
            "how large disk " + LogEscaper.escape(target) + " is",
            Optional.empty(),
            () -> Optional.of(domain.readSize(target)));
    size.ifPresent(known -> sizes.put(target, known));
  }

  private void findRoom(ImageInspector images, String file, Unknowns unknowns)
      throws ConnectionLostException {
    String folder = folder(images.path(file));
    if (folder.isEmpty() || available.containsKey(folder)) {
      return;
    }
    available.put(
        folder,
        unknowns.ask(
            "how much room " + LogEscaper.quote(folder) + " has",
            OptionalLong.empty(),
            () -> images.available(file)));
  }

  private void lookFor(ImageInspector images, String file) throws ConnectionLostException {
    Optional<Boolean> exists = images.exists(file);
    if (exists.isEmpty()) {
      doubtful.add(file);
    } else if (exists.get()) {
      existing.add(file);
    }
  }

  /** Returns the folder of a file; empty if the name is not an absolute path. */
  public static String folder(String file) {
    int end = file.lastIndexOf('/');
    return file.startsWith("/") ? file.substring(0, Math.max(1, end)) : "";
  }

  /** Returns the memory of the guest, in bytes. */
  public long memory() {
    return memory;
  }

  /** Returns the size of a disk, if libvirt knows it. */
  public Optional<DiskSize> size(String target) {
    return Optional.ofNullable(sizes.get(target));
  }

  /** Returns the bytes that are available in a folder, if a storage pool has the folder. */
  public Optional<Long> available(String folder) {
    OptionalLong bytes = available.getOrDefault(folder, OptionalLong.empty());
    return bytes.isPresent() ? Optional.of(bytes.getAsLong()) : Optional.empty();
  }

  /** Returns whether a file exists. */
  public boolean exists(String file) {
    return existing.contains(file);
  }

  /** Returns whether libvirt could not tell whether a file exists. */
  public boolean mayExist(String file) {
    return doubtful.contains(file);
  }
}
