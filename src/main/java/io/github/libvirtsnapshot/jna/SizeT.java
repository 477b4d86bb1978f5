package io.github.libvirtsnapshot.jna;

import com.sun.jna.IntegerType;
import com.sun.jna.Native;

/** A {@code size_t}: an unsigned number whose size depends on the platform. */
public final class SizeT extends IntegerType {
  private static final long serialVersionUID = 1;

  /** For JNA: creates a zero. */
  public SizeT() {
    this(0);
  }

  /** Creates a number, 0 or more. */
  public SizeT(long value) {
    super(Native.SIZE_T_SIZE, value, true);
  }
}
