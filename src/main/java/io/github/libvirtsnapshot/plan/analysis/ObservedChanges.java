package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.images.BackingChains;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.images.LoadedSnapshot;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.snapshots.descriptions.SafetySnapshotNote;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds in the images themselves what has changed since a snapshot was taken. The internal
 * snapshots are in the table of their image. An image that must not change was not written to if
 * its file was last modified before the snapshot was taken.
 */
final class ObservedChanges {
  /** libvirt stores whole seconds. */
  private static final Duration ROUNDING = Duration.ofSeconds(1);

  /** A running guest writes to its image until libvirt has created the overlays of all disks. */
  private static final Duration UNTIL_OVERLAY = Duration.ofMinutes(1);

  /** The time in which libvirt saves the memory of most guests to a file. */
  private static final Duration UNTIL_SAVED = Duration.ofMinutes(1);

  /** The clocks of the host and of this machine can differ. */
  private static final Duration CLOCKS_APART = Duration.ofMinutes(1);

  private static final String UNLESS_MERGED =
      "; if a snapshot was deleted at that time, libvirt merged the overlay of that snapshot, and"
          + " the content is unchanged";

  private final SnapshotDescription snapshot;
  private final ImageReadings readings;

  /** Returns whether a deletion of a snapshot may be the only reason why an image was modified. */
  private final Predicate<String> mayBeMerged;

  ObservedChanges(SnapshotDescription snapshot, ImageGraph images) {
    this(snapshot, images.readings(), new MergedOverlays(images)::mayExplainChangeOf);
  }

  /** Creates an instance that takes each later modification of an image for a change. */
  ObservedChanges(SnapshotDescription snapshot, ImageReadings readings) {
    this(snapshot, readings, image -> false);
  }

  private ObservedChanges(
      SnapshotDescription snapshot, ImageReadings readings, Predicate<String> mayBeMerged) {
    this.snapshot = snapshot;
    this.readings = readings;
    this.mayBeMerged = mayBeMerged;
  }

  /** Returns a finding if an image may not have the internal snapshot any more; empty otherwise. */
  Optional<Finding> ofSnapshotIn(String image) {
    Optional<LoadedSnapshot> loaded = readings.loaded(snapshot, image);
    if (loaded.isEmpty()) {
      return Optional.of(unread(image));
    }
    return switch (loaded.get().outcome()) {
      case SAME -> Optional.empty();
      case OTHER ->
          Optional.of(Finding.changed(LogEscaper.quote(image) + ": " + loaded.get().reason()));
      case MISSING ->
          Optional.of(
              Finding.changed(LogEscaper.quote(image) + " no longer contains the snapshot"));
    };
  }

  /**
   * Returns a finding if a backing image of a disk was removed or replaced since a safety snapshot
   * was taken; empty otherwise. An image does not show that of other internal snapshots.
   */
  Optional<Finding> ofBackingImages(Disk disk) {
    return SafetySnapshotNote.backingImages(snapshot.details().description())
        .filter(then -> BackingChains.hasChanged(disk, then, snapshot.disks(), readings))
        .map(
            then ->
                Finding.atRisk(
                    "the disk is no longer on the backing image that it had when the safety"
                        + " snapshot was taken"));
  }

  /**
   * Returns how a disk differs after a revert without memory. libvirt then puts the disk on a new
   * overlay, and QEMU reads the backing images that the headers name, not those that the definition
   * in the snapshot states.
   */
  Stream<Finding> ofDefinedChain(Disk disk) {
    return Stream.concat(
        ofDefinedEnd(disk).stream(),
        disk.sliced().stream()
            .filter(image -> isUsedAsAWhole(disk, image))
            .map(ObservedChanges::unsliced));
  }

  private Optional<Finding> ofDefinedEnd(Disk disk) {
    return Optional.of(disk)
        .filter(Disk::standalone)
        .flatMap(end -> readings.of(end.image()))
        .flatMap(ImageReading::backing)
        .map(
            backing ->
                Finding.changed(
                    "the definition in the snapshot states that "
                        + LogEscaper.quote(disk.image())
                        + " has no backing image, but the disk reads "
                        + LogEscaper.quote(backing)
                        + " too after the revert, because the header of the image names it"));
  }

  /** The header of an overlay that libvirt creates for a running guest states the part. */
  private boolean isUsedAsAWhole(Disk disk, String image) {
    return image.equals(disk.image())
        || Stream.concat(Stream.of(disk.image()), disk.beneath().stream())
            .flatMap(upper -> readings.of(upper).stream())
            .anyMatch(upper -> upper.backing().equals(Optional.of(image)));
  }

  private static Finding unsliced(String image) {
    return Finding.changed(
        "the definition in the snapshot states that the disk uses only a part of "
            + LogEscaper.quote(image)
            + " (<slices>), but the disk uses the whole image after the revert");
  }

  /** Returns that the library could not read an image, or that the image does not exist. */
  Finding unread(String image) {
    if (readings.gone().contains(image)) {
      return Finding.changed(LogEscaper.quote(image) + " no longer exists");
    }
    return Finding.presumed(
        "the library could not read "
            + LogEscaper.quote(image)
            + (readings.of(image).isPresent()
                ? ": it is not a qcow2 image"
                : readings.becauseUnread(image)));
  }

  /** Returns a finding if an image that must not change may have been modified; empty otherwise. */
  Optional<Finding> ofChange(String image) {
    Optional<Instant> modified = readings.of(image).flatMap(ImageReading::modified);
    Optional<Instant> taken = snapshot.details().taken();
    if (modified.isEmpty() || taken.isEmpty()) {
      return Optional.of(
          Finding.presumed(
              "the time of the "
                  + (taken.isEmpty() ? "snapshot" : "last change of " + LogEscaper.quote(image))
                  + " is unknown"));
    }
    if (taken.get().isAfter(Instant.now().plus(CLOCKS_APART))) {
      return Optional.of(
          new Finding(
              Certainty.UNVERIFIED,
              "the time of the snapshot, " + taken.get() + ", is in the future"));
    }
    Optional<Instant> exactly = readings.exactTime(snapshot);
    if (exactly.isEmpty() && mayHaveChangedInSecondOfSnapshot(image)) {
      return Optional.of(
          new Finding(
              Certainty.UNVERIFIED,
              LogEscaper.quote(image)
                  + " was modified in the second in which the snapshot was taken"));
    }
    if (!modified.get().isAfter(exactly.orElse(taken.get()))) {
      return unmodified(image, taken.get());
    }
    String words =
        LogEscaper.quote(image)
            + " was modified "
            + modified.get()
            + ", after the snapshot was taken "
            + taken.get();
    if (exactly.isEmpty() && !modified.get().isAfter(latestWrite(taken.get()))) {
      return Optional.of(new Finding(Certainty.UNVERIFIED, words));
    }
    return Optional.of(
        mayBeMerged.test(image)
            ? Finding.atRisk(words + UNLESS_MERGED)
            : Finding.changed(words + unlessCopied(taken.get())));
  }

  /** A copy has the time at which it was made. */
  private static String unlessCopied(Instant taken) {
    return "; if the file is only a copy with the same content (qemu-img compare ORIGINAL COPY),"
        + " give it the time of the snapshot: touch -d "
        + taken
        + " COPY";
  }

  /**
   * Returns whether an image was last modified in the second in which the snapshot was taken, so
   * that the times do not show which of the two was first. The full second is the time that {@code
   * touch} gave a copy.
   */
  boolean mayHaveChangedInSecondOfSnapshot(String image) {
    Optional<Instant> modified = readings.of(image).flatMap(ImageReading::modified);
    return snapshot
        .details()
        .taken()
        .filter(taken -> modified.filter(time -> time.isAfter(taken)).isPresent())
        .filter(taken -> modified.filter(time -> time.isBefore(taken.plus(ROUNDING))).isPresent())
        .isPresent();
  }

  /** A copy can have the time of its original, and the data of an image can be in another file. */
  private Optional<Finding> unmodified(String image, Instant taken) {
    if (readings.qcow2(image).filter(Qcow2Image::externalData).isPresent()) {
      return Optional.of(
          Finding.presumed("the data of " + LogEscaper.quote(image) + " is in another file"));
    }
    return readings
        .of(image)
        .flatMap(ImageReading::changed)
        .filter(changed -> !changed.isBefore(taken.plus(ROUNDING)))
        .map(
            changed ->
                Finding.presumed(
                    LogEscaper.quote(image)
                        + " was not modified since, but renamed, replaced or given other permissions "
                        + changed));
  }

  /** Returns the time after which the snapshot cannot be the reason of a change. */
  private Instant latestWrite(Instant taken) {
    Instant begun = taken.plus(ROUNDING);
    if (!wasRunning()) {
      return begun;
    }
    return snapshot
        .details()
        .memory()
        .file()
        .map(file -> readings.of(file).flatMap(ImageReading::modified).orElse(Instant.MAX))
        .filter(begun::isBefore)
        .map(saved -> saved.equals(Instant.MAX) ? saved : saved.plus(UNTIL_OVERLAY))
        .orElseGet(() -> begun.plus(UNTIL_OVERLAY));
  }

  private boolean wasRunning() {
    return snapshot.details().state().filter(ObservedChanges::isRunning).isPresent();
  }

  private static boolean isRunning(SnapshotState state) {
    return state == SnapshotState.RUNNING || state == SnapshotState.DISK_SNAPSHOT;
  }

  /** Returns a finding if no image may have the memory any more; empty otherwise. */
  Optional<Finding> ofInternalMemory() {
    List<String> images = List.copyOf(snapshot.rewritten());
    if (images.stream().anyMatch(this::hasMemory)) {
      return images.stream()
          .filter(this::hasMemory)
          .flatMap(image -> ofSnapshotIn(image).stream())
          .max(Comparator.comparing(Finding::certainty));
    }
    return images.stream()
        .filter(image -> readings.qcow2(image).isEmpty())
        .findFirst()
        .map(this::unread)
        .or(() -> Optional.of(withoutMemory(images)));
  }

  private static Finding withoutMemory(List<String> readImages) {
    return readImages.isEmpty()
        ? Finding.presumed("the snapshot does not name the image that contains it")
        : Finding.changed("QEMU would load it from no image");
  }

  private boolean hasMemory(String image) {
    return readings.qcow2(image).filter(read -> read.loadsMemory(snapshot.name())).isPresent();
  }

  private static boolean isUntilSaved(Optional<Instant> time, Optional<Instant> taken) {
    return time.isPresent()
        && taken.isPresent()
        && time.get().isBefore(taken.get().plus(UNTIL_SAVED));
  }

  /** Returns a finding if the file with the memory may have been modified; empty otherwise. */
  Optional<Finding> ofMemoryFile(String file) {
    Optional<ImageReading> reading = readings.of(file);
    if (reading.isEmpty()) {
      return Optional.of(unread(file));
    }
    Optional<Instant> modified = reading.get().modified();
    Optional<Instant> taken = snapshot.details().taken();
    boolean fits =
        isUntilSaved(modified, taken)
            && isUntilSaved(reading.get().changed().or(() -> modified), taken);
    return fits
        ? Optional.empty()
        : Optional.of(
            Finding.presumed(
                LogEscaper.quote(file)
                    + " was modified "
                    + modified.map(Instant::toString).orElse("at an unknown time")
                    + ", or replaced, which may be later than the snapshot"));
  }
}
