package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * How a snapshot is taken, for {@code Domain.snapshotCreateXML}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotCreateFlags">virDomainSnapshotCreateFlags</a>
 */
public enum SnapshotCreateFlag implements NativeConstant {
  /** Take the XML as the metadata of a snapshot that exists already; nothing is copied. */
  REDEFINE(1),
  /** With {@link #REDEFINE}: make it the current snapshot. */
  CURRENT(2),
  /** Take the snapshot and let libvirt forget it at once. */
  NO_METADATA(4),
  /** Stop the guest once the snapshot is taken. */
  HALT(8),
  /** Leave the guest's memory out. */
  DISK_ONLY(16),
  /** Write into external files that exist already. */
  REUSE_EXT(32),
  /**
   * Let the guest agent freeze the file systems while the snapshot is taken; needs {@link
   * #DISK_ONLY}.
   */
  QUIESCE(64),
  /** All disks or none. */
  ATOMIC(128),
  /** Keep the guest running while its memory is saved; external snapshots only. */
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
