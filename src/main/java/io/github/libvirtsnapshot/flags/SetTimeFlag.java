package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * How the clock of a guest is set, for {@code Domain.setTime}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSetTimeFlags">virDomainSetTimeFlags</a>
 */
public enum SetTimeFlag implements NativeConstant {
  /** From the guest's own real-time clock, which counts in whole seconds. */
  SYNC(1);

  private final int value;

  SetTimeFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
