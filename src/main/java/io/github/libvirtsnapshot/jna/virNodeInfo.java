package io.github.libvirtsnapshot.jna;

import com.sun.jna.NativeLong;

/** The structure {@code virNodeInfo}: the CPUs and the memory of a host. */
public final class virNodeInfo extends NativeStruct {
  /** The text with the model of the CPUs. */
  private static final long MODEL = 32;

  /** The numbers of CPUs, MHz, NUMA nodes, sockets, cores and threads. */
  private static final long NUMBERS = 6L * Integer.BYTES;

  /** Creates a structure with all bytes zero. */
  public virNodeInfo() {
    super(MODEL + NativeLong.SIZE + NUMBERS);
  }

  /** Returns the memory of the host, in KiB. */
  public long memory() {
    return unsignedLong(MODEL);
  }

  /** Sets the memory of the host, in KiB, as libvirt does. */
  public void setMemory(int memory) {
    getPointer().setNativeLong(MODEL, new NativeLong(memory));
  }
}
