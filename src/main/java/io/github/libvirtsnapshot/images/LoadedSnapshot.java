package io.github.libvirtsnapshot.images;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The snapshot that a revert to an internal snapshot loads from an image. QEMU finds the snapshot
 * by its name only, and takes a name for an ID first.
 *
 * @param outcome whether the image has the snapshot
 * @param diskSize the size of the disk in the loaded snapshot, in bytes; empty if unknown
 * @param reason why the loaded snapshot is not the one that libvirt describes, without the name of
 *     the image; empty otherwise
 */
public record LoadedSnapshot(Outcome outcome, OptionalLong diskSize, String reason) {
  /** The time in which libvirt creates a snapshot in an image after it took the time. */
  private static final Duration CREATION = Duration.ofSeconds(2);

  /**
   * libvirt notes the time when it is called, and QEMU when it begins to save: libvirt may wait for
   * another operation on the domain in between.
   */
  private static final Duration TOLERANCE = Duration.ofMinutes(1);

  /** Whether an image has the snapshot that libvirt describes. */
  public enum Outcome {
    /** The revert loads the snapshot that libvirt describes. */
    SAME,

    /** The revert loads another snapshot of the image. */
    OTHER,

    /** The image has no snapshot that the revert could load. */
    MISSING
  }

  /** Returns the snapshot that a revert loads from an image. */
  public static LoadedSnapshot of(SnapshotDescription snapshot, Qcow2Image image) {
    Optional<Qcow2Snapshot> loaded = find(snapshot, image);
    if (loaded.isEmpty()) {
      return new LoadedSnapshot(Outcome.MISSING, OptionalLong.empty(), "");
    }
    OptionalLong diskSize = loaded.get().diskSize();
    return difference(snapshot, image, loaded.get())
        .map(reason -> new LoadedSnapshot(Outcome.OTHER, diskSize, reason))
        .orElseGet(() -> new LoadedSnapshot(Outcome.SAME, diskSize, ""));
  }

  /** Returns the snapshot of an image that a revert would load. */
  static Optional<Qcow2Snapshot> find(SnapshotDescription snapshot, Qcow2Image image) {
    String name = snapshot.name();
    return snapshot.details().hasMemory() ? image.loadedByQemu(name) : image.appliedByQemuImg(name);
  }

  private static Optional<String> difference(
      SnapshotDescription snapshot, Qcow2Image image, Qcow2Snapshot loaded) {
    String name = snapshot.name();
    if (!loaded.name().equals(name)) {
      return Optional.of(
          "QEMU takes the name "
              + LogEscaper.quote(name)
              + " for the ID of snapshot "
              + LogEscaper.quote(loaded.name())
              + ", and loads that snapshot");
    }
    return snapshot.details().taken().flatMap(taken -> difference(image, loaded, taken));
  }

  private static Optional<String> difference(
      Qcow2Image image, Qcow2Snapshot loaded, Instant taken) {
    List<Qcow2Snapshot> namesakes =
        image.snapshots().stream().filter(each -> each.name().equals(loaded.name())).toList();
    Duration undecided = distance(loaded, taken).plus(CREATION);
    if (namesakes.stream()
        .anyMatch(
            each -> !each.equals(loaded) && distance(each, taken).compareTo(undecided) <= 0)) {
      return Optional.of(
          "the image has "
              + namesakes.size()
              + " snapshots of this name, and QEMU loads the one taken "
              + loaded.created()
              + ", which may not be the one of libvirt, taken "
              + taken);
    }
    return distance(loaded, taken).compareTo(TOLERANCE) <= 0
        ? Optional.empty()
        : Optional.of(
            "the snapshot in the image was taken "
                + loaded.created()
                + ", and the snapshot of libvirt "
                + taken);
  }

  /** libvirt stores whole seconds. */
  private static Duration distance(Qcow2Snapshot stored, Instant taken) {
    return Duration.between(taken, Instant.ofEpochSecond(stored.created().getEpochSecond())).abs();
  }
}
