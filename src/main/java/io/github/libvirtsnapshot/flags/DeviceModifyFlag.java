package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for changing a device, in {@code Domain.updateDeviceFlags}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainDeviceModifyFlags">virDomainDeviceModifyFlags</a>
 */
public enum DeviceModifyFlag implements NativeConstant {
  /** Change the running guest, or the definition of a domain that is off; the default. */
  CURRENT(0),
  /** Change the running guest. */
  LIVE(1),
  /** Change the definition from which the domain starts. */
  CONFIG(2),
  /** Change the device even if the guest has locked it, as it locks the tray of a drive. */
  FORCE(4);

  private final int value;

  DeviceModifyFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
