package io.github.libvirtsnapshot;

import com.google.common.base.MoreObjects;
import io.github.libvirtsnapshot.jna.virError;
import java.io.Serializable;

/**
 * An error as libvirt reported it, whole: nothing is cut to what this release knows.
 *
 * @see io.github.libvirtsnapshot.jna.virError
 */
public final class LibvirtError implements Serializable {
  private static final long serialVersionUID = 1;

  private final int rawCode;
  private final int rawDomain;
  private final int rawLevel;
  private final String message;
  private final String str1;
  private final String str2;
  private final String str3;
  private final int int1;
  private final int int2;

  private LibvirtError(virError error) {
    rawCode = error.code;
    rawDomain = error.domain;
    rawLevel = error.level;
    message = error.message;
    str1 = error.str1;
    str2 = error.str2;
    str3 = error.str3;
    int1 = error.int1;
    int2 = error.int2;
  }

  private LibvirtError(String message) {
    rawCode = ErrorNumber.VIR_ERR_OK.value();
    rawDomain = ErrorDomain.VIR_FROM_NONE.value();
    rawLevel = ErrorLevel.VIR_ERR_NONE.value();
    this.message = message;
    str1 = null;
    str2 = null;
    str3 = null;
    int1 = 0;
    int2 = 0;
  }

  /** Copies what libvirt holds; null, which it should not hold after a failure, is said as such. */
  static LibvirtError copyOf(virError error) {
    return error == null
        ? none("libvirt reported a failure, but no error for it")
        : new LibvirtError(error);
  }

  /**
   * Stands for libvirt's having reported no error: {@link ErrorNumber#VIR_ERR_OK}, with a message
   * of our own about what is wrong nevertheless.
   */
  public static LibvirtError none(String message) {
    return new LibvirtError(message);
  }

  /** Returns what went wrong; {@link ErrorNumber#UNKNOWN} where {@link #getRawCode} says more. */
  public ErrorNumber getCode() {
    return ErrorNumber.of(rawCode);
  }

  /** Returns where; {@link ErrorDomain#UNKNOWN} where {@link #getRawDomain} says more. */
  public ErrorDomain getDomain() {
    return ErrorDomain.of(rawDomain);
  }

  /** Returns how serious; {@link ErrorLevel#UNKNOWN} where {@link #getRawLevel} says more. */
  public ErrorLevel getLevel() {
    return ErrorLevel.of(rawLevel);
  }

  /** Returns the code as libvirt's number. */
  public int getRawCode() {
    return rawCode;
  }

  /** Returns the domain as libvirt's number. */
  public int getRawDomain() {
    return rawDomain;
  }

  /** Returns the level as libvirt's number. */
  public int getRawLevel() {
    return rawLevel;
  }

  /** Returns libvirt's text for a person, or null. */
  public String getMessage() {
    return message;
  }

  /** Returns extra information whose meaning depends on the code, or null. */
  public String getStr1() {
    return str1;
  }

  /** Returns extra information whose meaning depends on the code, or null. */
  public String getStr2() {
    return str2;
  }

  /** Returns extra information whose meaning depends on the code, or null. */
  public String getStr3() {
    return str3;
  }

  /** Returns an extra number whose meaning depends on the code. */
  public int getInt1() {
    return int1;
  }

  /** Returns an extra number whose meaning depends on the code. */
  public int getInt2() {
    return int2;
  }

  @Override
  public String toString() {
    return MoreObjects.toStringHelper(this)
        .omitNullValues()
        .add("code", name(getCode(), rawCode))
        .add("domain", name(getDomain(), rawDomain))
        .add("level", name(getLevel(), rawLevel))
        .add("message", message)
        .add("str1", str1)
        .add("str2", str2)
        .add("str3", str3)
        .add("int1", int1)
        .add("int2", int2)
        .toString();
  }

  private static String name(Enum<?> constant, int raw) {
    return constant + "(" + raw + ")";
  }
}
