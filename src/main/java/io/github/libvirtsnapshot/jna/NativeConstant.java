package io.github.libvirtsnapshot.jna;

/** A constant that libvirt has a number for: a flag, a state, an error. */
public interface NativeConstant {
  /** Returns libvirt's number for this constant; a flag's is its bit. */
  int value();
}
