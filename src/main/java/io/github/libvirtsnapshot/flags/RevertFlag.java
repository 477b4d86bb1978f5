package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;
import io.github.libvirtsnapshot.jna.NativeConstants;

/**
 * A flag for reverting a domain, in {@code Domain.revertToSnapshot}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotRevertFlags">virDomainSnapshotRevertFlags</a>
 */
public enum RevertFlag implements NativeConstant {
  /**
   * Leave the domain running, independent of the state of the snapshot. Excludes {@link #PAUSED}.
   */
  RUNNING(1),
  /**
   * Leave the domain paused, independent of the state of the snapshot. Excludes {@link #RUNNING}.
   */
  PAUSED(2),
  /** Revert even if libvirt would otherwise refuse with {@code VIR_ERR_SNAPSHOT_REVERT_RISKY}. */
  FORCE(4),
  /** Initialize the NVRAM from its template again (libvirt 8.1.0). */
  RESET_NVRAM(8);

  private final int value;

  RevertFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }

  /** Returns the flags as libvirt's bits. */
  public static int bits(RevertFlag... flags) {
    return NativeConstants.bits(flags);
  }

  /**
   * Returns the names of the flags in libvirt's bits, as in {@code RUNNING|FORCE}; {@code none} for
   * 0. Bits without a name are one hexadecimal number at the end, as in {@code FORCE|0x60}.
   */
  public static String describe(int flags) {
    return NativeConstants.describe(RevertFlag.class, flags);
  }
}
