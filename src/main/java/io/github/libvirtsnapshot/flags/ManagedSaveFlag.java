package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * How a managed save image is written, for {@code Domain.managedSave}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSaveRestoreFlags">virDomainSaveRestoreFlags</a>
 */
public enum ManagedSaveFlag implements NativeConstant {
  /** Write past the host's page cache. */
  BYPASS_CACHE(1),
  /** Start from it running, whatever the state now. */
  RUNNING(2),
  /** Start from it paused, whatever the state now. */
  PAUSED(4),
  /** For restoring only; saving refuses it (libvirt 8.1.0). */
  RESET_NVRAM(8);

  private final int value;

  ManagedSaveFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
