package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * Which snapshots to list or count, and in which order. Flags of one group add up; groups narrow
 * each other.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotListFlags">virDomainSnapshotListFlags</a>
 */
public enum SnapshotListFlag implements NativeConstant {
  /**
   * Of one snapshot: children's children too. Shares its bit with {@link #ROOTS}. By recursion, as
   * {@link #TOPOLOGICAL}.
   */
  DESCENDANTS(1),
  /** Of a domain: only snapshots without a parent. Shares its bit with {@link #DESCENDANTS}. */
  ROOTS(1),
  /** Only snapshots whose metadata would keep the domain from being undefined. */
  METADATA(2),
  /** Only snapshots without children. */
  LEAVES(4),
  /** Only snapshots with children. */
  NO_LEAVES(8),
  /** Only snapshots without such metadata. */
  NO_METADATA(16),
  /** Only snapshots of a shut off domain. */
  INACTIVE(32),
  /** Only snapshots of a running or paused domain, with its memory. */
  ACTIVE(64),
  /** Only snapshots of a running or paused domain, without its memory. */
  DISK_ONLY(128),
  /** Only snapshots kept inside the disk images. */
  INTERNAL(256),
  /** Only snapshots kept in files of their own. */
  EXTERNAL(512),
  /**
   * Parents before their children (libvirt 5.2.0). libvirt follows the tree by recursion: on the
   * test driver, which is in this process, a chain of 10,000 snapshots was too much for the stack
   * of a Java thread and ended the JVM, and one of 5,000 was not. {@code SnapshotTree} does
   * without.
   */
  TOPOLOGICAL(1024);

  private final int value;

  SnapshotListFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
