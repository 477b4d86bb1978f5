package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageGraph.SnapshotDisk;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Determines whether an image may have been modified only because an external snapshot was deleted.
 * libvirt then merges the overlay of the deleted snapshot into the image beneath, which becomes the
 * image of the next snapshot, and lets QEMU state the new backing image in the header of the next
 * overlay. The contents of the next snapshot stay the same. libvirt keeps no record of that.
 */
final class MergedOverlays {
  /** QEMU writes the header of the next overlay a few milliseconds after the last data. */
  private static final Duration UNTIL_HEADER = Duration.ofSeconds(1);

  private final ImageGraph images;

  MergedOverlays(ImageGraph images) {
    this.images = images;
  }

  /** Returns whether a merge may be the only reason why an image was modified. */
  boolean mayExplainChangeOf(String image) {
    return mayBeMergedInto(image) || mayHaveNewHeader(image);
  }

  /** A domain that writes to the image, or another snapshot of it, shows another reason. */
  private boolean mayBeMergedInto(String image) {
    List<SnapshotDisk> snapshots = images.snapshotsWriting(image);
    return snapshots.size() == 1
        && !images.written().contains(image)
        && images.writersOf(image).isEmpty()
        && overlays(snapshots.get(0)).anyMatch(overlay -> isModifiedLater(overlay, image));
  }

  /** Returns the overlays in which a disk continued after a snapshot and after the last revert. */
  private static Stream<String> overlays(SnapshotDisk disk) {
    SnapshotDescription snapshot = disk.snapshot();
    String target = disk.disk().target();
    return Stream.of(snapshot.overlays().get(target), snapshot.revertOverlays().get(target))
        .filter(Objects::nonNull);
  }

  private boolean isModifiedLater(String overlay, String image) {
    Optional<Instant> later = modified(overlay);
    return isOn(overlay, image)
        && later.isPresent()
        && modified(image).filter(merged -> !later.get().isBefore(merged)).isPresent();
  }

  private boolean mayHaveNewHeader(String overlay) {
    Optional<String> backing = images.readings().of(overlay).flatMap(ImageReading::backing);
    return backing
        .filter(this::mayBeMergedInto)
        .flatMap(this::modified)
        .filter(
            merged ->
                modified(overlay)
                    .filter(header -> !header.isAfter(merged.plus(UNTIL_HEADER)))
                    .isPresent())
        .isPresent();
  }

  private boolean isOn(String overlay, String image) {
    return images.readings().of(overlay).flatMap(ImageReading::backing).equals(Optional.of(image));
  }

  private Optional<Instant> modified(String image) {
    return images.readings().of(image).flatMap(ImageReading::modified);
  }
}
