package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The writable disks of a snapshot whose content the snapshot does not include. A revert attaches
 * the images that the snapshot's definition names, also for these disks. If the snapshot is
 * external, libvirt creates a new overlay of each of these images.
 */
final class OmittedDisks {
  private final Facts facts;
  private final SnapshotDescription snapshot;

  OmittedDisks(Facts facts) {
    this.facts = facts;
    this.snapshot = facts.target();
  }

  /** Returns the omitted disks of the snapshot. */
  Stream<Disk> all() {
    return snapshot.disks().stream().filter(Disk::isWritable).filter(this::isOmitted);
  }

  /** Returns whether the snapshot omits a writable disk. */
  boolean isOmitted(Disk disk) {
    return !snapshot.isInternal(disk) && !snapshot.isExternal(disk);
  }

  /** Returns the image that an omitted disk uses now, if the revert attaches another one. */
  Optional<String> detachedImage(Disk omitted) {
    return facts.presentDisks().stream()
        .filter(now -> now.target().equals(omitted.target()))
        .map(Disk::image)
        .filter(image -> !image.isEmpty() && !image.equals(omitted.image()))
        .findFirst();
  }
}
