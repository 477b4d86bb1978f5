package io.github.libvirtsnapshot.jna;

import com.sun.jna.FromNativeContext;
import com.sun.jna.NativeMapped;
import com.sun.jna.Pointer;

/**
 * A {@code char*} result that the caller owns. By the time Java sees it, the text is copied and the
 * native memory freed, so that it can't leak. A {@code const char*} result is a plain {@code
 * String}: that memory remains libvirt's.
 */
public final class OwnedString implements NativeMapped {
  private final String value;

  /** For JNA: the prototype whose {@link #fromNative} makes the real one. */
  public OwnedString() {
    this("");
  }

  /** Holds a text without any native memory behind it. */
  public OwnedString(String value) {
    this.value = value;
  }

  /** Returns the text. */
  public String value() {
    return value;
  }

  @Override
  public Object fromNative(Object nativeValue, FromNativeContext context) {
    return CStrings.take(Pointer.nativeValue((Pointer) nativeValue));
  }

  @Override
  public Object toNative() {
    throw new UnsupportedOperationException("an owned string is a result, never an argument");
  }

  @Override
  public Class<?> nativeType() {
    return Pointer.class;
  }
}
