package io.github.libvirtsnapshot;

/** A constant that libvirt knows by a number: a flag, a state, an error. */
public interface NativeConstant {
  /** Returns libvirt's number for this constant; a flag's is its bit. */
  int value();
}
