package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for taking a snapshot, in {@code Domain.snapshotCreateXML}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotCreateFlags">virDomainSnapshotCreateFlags</a>
 */
public enum SnapshotCreateFlag implements NativeConstant {
  /** Store the XML as the metadata of a snapshot whose data exists already; no data is copied. */
  REDEFINE(1),
  /** With {@link #REDEFINE}: make the snapshot the current one. */
  CURRENT(2),
  /** Take the snapshot, but let libvirt store no metadata of it. */
  NO_METADATA(4),
  /** Stop the domain after the snapshot is taken. */
  HALT(8),
  /** Do not save the guest's memory. */
  DISK_ONLY(16),
  /** Write into external files that exist already. */
  REUSE_EXT(32),
  /**
   * Let the guest agent freeze the file systems while the snapshot is taken; needs {@link
   * #DISK_ONLY}.
   */
  QUIESCE(64),
  /** Take the snapshot of all disks, or of none if one fails. */
  ATOMIC(128),
  /** Keep the guest running while libvirt saves its memory; external snapshots only. */
  LIVE(256),
  /** Check the XML against its schema first (libvirt 5.6.0). */
  VALIDATE(512);

  private final int value;

  SnapshotCreateFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
