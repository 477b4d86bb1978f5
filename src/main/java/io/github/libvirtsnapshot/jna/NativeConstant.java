package io.github.libvirtsnapshot.jna;

/** A constant with a number of libvirt's: a flag, a state, or an error code. */
public interface NativeConstant {
  /** Returns libvirt's number of this constant; the number of a flag is its bit. */
  int value();
}
