package io.github.libvirtsnapshot.jna;

import com.sun.jna.FromNativeContext;
import com.sun.jna.NativeMapped;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A {@code char*} result that the caller owns. JNA copies the text and frees the native memory
 * before it returns this object, so the memory cannot leak. A {@code const char*} result is a plain
 * {@code String}; libvirt owns that memory.
 */
public final class OwnedString implements NativeMapped {
  private final String value;

  /** For JNA: creates the prototype on which JNA calls {@link #fromNative}. */
  public OwnedString() {
    this("");
  }

  /** Creates a result without native memory, for tests with a mocked libvirt. */
  public OwnedString(String value) {
    this.value = value;
  }

  /** Returns the text. */
  public String value() {
    return value;
  }

  @Override
  public @Nullable Object fromNative(@Nullable Object nativeValue, FromNativeContext context) {
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
