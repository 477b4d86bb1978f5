package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for listing or counting snapshots: which of them, and in which order. A snapshot is
 * included if it matches a flag of each group in use; the groups are {@link #METADATA} and {@link
 * #NO_METADATA}; {@link #LEAVES} and {@link #NO_LEAVES}; {@link #INACTIVE}, {@link #ACTIVE} and
 * {@link #DISK_ONLY}; {@link #INTERNAL} and {@link #EXTERNAL}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotListFlags">virDomainSnapshotListFlags</a>
 */
public enum SnapshotListFlag implements NativeConstant {
  /**
   * For a snapshot: all descendants, not only children. Has the same bit as {@link #ROOTS}. libvirt
   * uses recursion, as for {@link #TOPOLOGICAL}.
   */
  DESCENDANTS(1),
  /** For a domain: only snapshots without a parent. Has the same bit as {@link #DESCENDANTS}. */
  ROOTS(1),
  /** Only snapshots with metadata that prevents the domain from being undefined. */
  METADATA(2),
  /** Only snapshots without children. */
  LEAVES(4),
  /** Only snapshots with children. */
  NO_LEAVES(8),
  /** Only snapshots without such metadata. */
  NO_METADATA(16),
  /** Only snapshots of a domain that was shut off. */
  INACTIVE(32),
  /** Only snapshots of a domain that was running or paused, with its memory. */
  ACTIVE(64),
  /** Only snapshots of a domain that was running or paused, without its memory. */
  DISK_ONLY(128),
  /** Only snapshots stored inside the disk images. */
  INTERNAL(256),
  /** Only snapshots stored in separate files. */
  EXTERNAL(512),
  /**
   * Parents before their children (libvirt 5.2.0). libvirt walks the tree by recursion: with the
   * test driver, which runs in this process, a chain of 10,000 snapshots overflowed the stack of a
   * Java thread and ended the JVM; a chain of 5,000 did not. {@code SnapshotTree} does not use
   * recursion.
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
