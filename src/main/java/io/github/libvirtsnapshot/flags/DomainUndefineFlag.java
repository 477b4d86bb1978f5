package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for removing the definition of a domain, in {@code Domain.undefine}: what else to remove
 * or to keep.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainUndefineFlagsValues">virDomainUndefineFlagsValues</a>
 */
public enum DomainUndefineFlag implements NativeConstant {
  /** Remove the managed save image. */
  MANAGED_SAVE(1),
  /**
   * Remove libvirt's metadata of the snapshots; without this flag, libvirt refuses to undefine a
   * domain that has such metadata.
   */
  SNAPSHOTS_METADATA(2),
  /** Remove the NVRAM file. */
  NVRAM(4),
  /** Keep the NVRAM file. */
  KEEP_NVRAM(8),
  /** Remove libvirt's metadata of the checkpoints. */
  CHECKPOINTS_METADATA(16),
  /** Remove the TPM's state (libvirt 8.9.0). */
  TPM(32),
  /** Keep the TPM's state (libvirt 8.9.0). */
  KEEP_TPM(64);

  private final int value;

  DomainUndefineFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
