package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for deleting a snapshot, in {@code DomainSnapshot.delete}: what else to delete or to keep.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotDeleteFlags">virDomainSnapshotDeleteFlags</a>
 */
public enum SnapshotDeleteFlag implements NativeConstant {
  /** Delete the snapshot and all its descendants. */
  CHILDREN(1),
  /** Delete only libvirt's metadata, and keep the data of the snapshot. */
  METADATA_ONLY(2),
  /** Delete the descendants, but not the snapshot itself. */
  CHILDREN_ONLY(4);

  private final int value;

  SnapshotDeleteFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
