package io.github.libvirtsnapshot.jna;

import com.sun.jna.FromNativeContext;
import com.sun.jna.Native;
import com.sun.jna.NativeMapped;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The structure {@code virError}: an error as libvirt reports it. This object is a copy of
 * libvirt's structure without the deprecated fields; libvirt owns the memory of the structure.
 */
public final class virError implements NativeMapped {
  private static final long MESSAGE = 8;
  private static final long LEVEL = MESSAGE + Native.POINTER_SIZE;
  private static final long STR1 = MESSAGE + 4L * Native.POINTER_SIZE;
  private static final long STR2 = STR1 + Native.POINTER_SIZE;
  private static final long STR3 = STR2 + Native.POINTER_SIZE;
  private static final long INT1 = STR3 + Native.POINTER_SIZE;
  private static final long INT2 = INT1 + Integer.BYTES;

  /** The code, a {@code virErrorNumber}. */
  public int code;

  /** The part of libvirt that failed, a {@code virErrorDomain}. */
  public int domain;

  /** The message. */
  public @Nullable String message;

  /** The severity, a {@code virErrorLevel}. */
  public int level;

  /** Extra information whose meaning depends on the code. */
  public @Nullable String str1;

  /** Extra information whose meaning depends on the code. */
  public @Nullable String str2;

  /** Extra information whose meaning depends on the code. */
  public @Nullable String str3;

  /** An extra number whose meaning depends on the code. */
  public int int1;

  /** An extra number whose meaning depends on the code. */
  public int int2;

  /** Creates an empty error, for JNA and for tests with a mocked libvirt. */
  public virError() {}

  @Override
  public @Nullable Object fromNative(@Nullable Object nativeValue, FromNativeContext context) {
    if (nativeValue == null) {
      return null;
    }
    Pointer memory = (Pointer) nativeValue;
    virError error = new virError();
    error.code = memory.getInt(0);
    error.domain = memory.getInt(Integer.BYTES);
    error.message = CStrings.pointedTo(memory, MESSAGE);
    error.level = memory.getInt(LEVEL);
    error.str1 = CStrings.pointedTo(memory, STR1);
    error.str2 = CStrings.pointedTo(memory, STR2);
    error.str3 = CStrings.pointedTo(memory, STR3);
    error.int1 = memory.getInt(INT1);
    error.int2 = memory.getInt(INT2);
    return error;
  }

  @Override
  public Object toNative() {
    throw new UnsupportedOperationException("an error is a result, never an argument");
  }

  @Override
  public Class<?> nativeType() {
    return Pointer.class;
  }
}
