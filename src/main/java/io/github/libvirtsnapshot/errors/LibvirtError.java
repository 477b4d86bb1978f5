package io.github.libvirtsnapshot.errors;

import com.google.common.base.MoreObjects;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.virError;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An error as libvirt reported it. It has all of libvirt's values, also those that this release
 * does not know.
 *
 * @see io.github.libvirtsnapshot.jna.virError
 */
public final class LibvirtError implements Serializable {
  private static final long serialVersionUID = 1;

  private final int rawCode;
  private final int rawDomain;
  private final int rawLevel;
  private final @Nullable String message;
  private final @Nullable String str1;
  private final @Nullable String str2;
  private final @Nullable String str3;
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

  private LibvirtError(
      ErrorNumber code, ErrorDomain domain, ErrorLevel level, @Nullable String message) {
    rawCode = code.value();
    rawDomain = domain.value();
    rawLevel = level.value();
    this.message = message;
    str1 = null;
    str2 = null;
    str3 = null;
    int1 = 0;
    int2 = 0;
  }

  /** Copies an error from libvirt's structure. */
  public static LibvirtError copyOf(virError error) {
    return new LibvirtError(error);
  }

  /**
   * Creates an error as libvirt would report it, for tests of programs that handle errors.
   *
   * @param message libvirt's message, or null
   */
  public static LibvirtError of(ErrorNumber code, ErrorDomain domain, @Nullable String message) {
    return new LibvirtError(code, domain, ErrorLevel.VIR_ERR_ERROR, message);
  }

  /**
   * Creates an error for a failure that libvirt did not report; its code is {@link
   * ErrorNumber#VIR_ERR_OK}.
   */
  public static LibvirtError none(String message) {
    return new LibvirtError(
        ErrorNumber.VIR_ERR_OK, ErrorDomain.VIR_FROM_NONE, ErrorLevel.VIR_ERR_NONE, message);
  }

  /** Returns the code, or {@link ErrorNumber#UNKNOWN} if this release does not know the number. */
  public ErrorNumber getCode() {
    return ErrorNumber.of(rawCode);
  }

  /**
   * Returns the part of libvirt that reported the error, or {@link ErrorDomain#UNKNOWN} if this
   * release does not know the number.
   */
  public ErrorDomain getDomain() {
    return ErrorDomain.of(rawDomain);
  }

  /**
   * Returns the severity, or {@link ErrorLevel#UNKNOWN} if this release does not know the number.
   */
  public ErrorLevel getLevel() {
    return ErrorLevel.of(rawLevel);
  }

  /** Returns libvirt's number of the code. */
  public int getRawCode() {
    return rawCode;
  }

  /** Returns libvirt's number of the domain. */
  public int getRawDomain() {
    return rawDomain;
  }

  /** Returns libvirt's number of the level. */
  public int getRawLevel() {
    return rawLevel;
  }

  /** Returns libvirt's message, or null. */
  public @Nullable String getMessage() {
    return message;
  }

  /** Returns extra information whose meaning depends on the code, or null. */
  public @Nullable String getStr1() {
    return str1;
  }

  /** Returns extra information whose meaning depends on the code, or null. */
  public @Nullable String getStr2() {
    return str2;
  }

  /** Returns extra information whose meaning depends on the code, or null. */
  public @Nullable String getStr3() {
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

  /**
   * Returns the message for a log: escaped, without the secrets of URIs, and with a way out if
   * libvirt refused a revert as risky.
   */
  public String describe() {
    String described =
        message == null
            ? "libvirt reported the error without a message: " + name(getCode(), rawCode)
            : LogEscaper.escapeForeign(message);
    return getCode() == ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY
        ? described + " (to accept the risk, revert with force: force(), or: revert-domain --force)"
        : described;
  }

  private List<Object> all() {
    return Arrays.asList(rawCode, rawDomain, rawLevel, message, str1, str2, str3, int1, int2);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LibvirtError error && all().equals(error.all());
  }

  @Override
  public int hashCode() {
    return all().hashCode();
  }

  /** Returns all values on one line, escaped and without the secrets of URIs. */
  @Override
  public String toString() {
    return MoreObjects.toStringHelper(this)
        .omitNullValues()
        .add("code", name(getCode(), rawCode))
        .add("domain", name(getDomain(), rawDomain))
        .add("level", name(getLevel(), rawLevel))
        .add("message", escaped(message))
        .add("str1", escaped(str1))
        .add("str2", escaped(str2))
        .add("str3", escaped(str3))
        .add("int1", int1)
        .add("int2", int2)
        .toString();
  }

  private static @Nullable String escaped(@Nullable String text) {
    return text == null ? null : LogEscaper.escapeForeign(text);
  }

  private static String name(Enum<?> constant, int raw) {
    return constant + "(" + raw + ")";
  }
}
