package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * What else to delete, or to keep, for {@code DomainSnapshot.delete}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotDeleteFlags">virDomainSnapshotDeleteFlags</a>
 */
public enum SnapshotDeleteFlag implements NativeConstant {
  /** The snapshot and all its descendants. */
  CHILDREN(1),
  /** Only libvirt's record of it; the data stays where it is. */
  METADATA_ONLY(2),
  /** Its descendants, but not the snapshot itself. */
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
