package io.github.libvirtsnapshot.errors;

import io.github.libvirtsnapshot.jna.NativeConstant;
import io.github.libvirtsnapshot.jna.NativeConstants;

/**
 * The severity of an error. Complete for libvirt 11.3; the constants have libvirt's names.
 *
 * @see <a href="https://libvirt.org/html/libvirt-virterror.html#virErrorLevel">virErrorLevel</a>
 */
public enum ErrorLevel implements NativeConstant {
  VIR_ERR_NONE(0),
  VIR_ERR_WARNING(1),
  VIR_ERR_ERROR(2),

  /**
   * A number that this release does not know; {@link LibvirtError#getRawLevel} returns the number.
   */
  UNKNOWN(-1);

  private final int value;

  ErrorLevel(int value) {
    this.value = value;
  }

  /** Returns libvirt's number for this constant, -1 for {@link #UNKNOWN}. */
  @Override
  public int value() {
    return value;
  }

  static ErrorLevel of(int value) {
    return NativeConstants.find(ErrorLevel.class, value).orElse(UNKNOWN);
  }
}
