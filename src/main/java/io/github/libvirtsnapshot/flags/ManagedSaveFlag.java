package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for writing a managed save image, in {@code Domain.managedSave}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSaveRestoreFlags">virDomainSaveRestoreFlags</a>
 */
public enum ManagedSaveFlag implements NativeConstant {
  /** Write without the host's page cache. */
  BYPASS_CACHE(1),
  /** Start the domain running from this image, whatever its state is now. */
  RUNNING(2),
  /** Start the domain paused from this image, whatever its state is now. */
  PAUSED(4),
  /** Valid for restoring only; libvirt rejects it for saving (libvirt 8.1.0). */
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
