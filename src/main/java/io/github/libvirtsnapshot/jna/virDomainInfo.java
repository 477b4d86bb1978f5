package io.github.libvirtsnapshot.jna;

import com.sun.jna.NativeLong;

/** The structure {@code virDomainInfo}: the state, the memory and the virtual CPUs of a domain. */
public final class virDomainInfo extends NativeStruct {
  private static final long MAX_MEM = NativeLong.SIZE;
  private static final long MEMORY = 2L * NativeLong.SIZE;
  private static final long NR_VIRT_CPU = 3L * NativeLong.SIZE;
  private static final long CPU_TIME = 4L * NativeLong.SIZE;

  /** Creates a structure with all bytes zero. */
  public virDomainInfo() {
    super(CPU_TIME + Long.BYTES);
  }

  /** Returns the state, a {@code virDomainState}. */
  public int state() {
    return Byte.toUnsignedInt(getPointer().getByte(0));
  }

  /** Returns the most memory that the domain may have, in KiB. */
  public long maxMem() {
    return unsignedLong(MAX_MEM);
  }

  /** Returns the memory that the domain has, in KiB. */
  public long memory() {
    return unsignedLong(MEMORY);
  }

  /** Returns the number of virtual CPUs. */
  public int nrVirtCpu() {
    return Short.toUnsignedInt(getPointer().getShort(NR_VIRT_CPU));
  }

  /** Returns the CPU time that the domain has used, in nanoseconds. */
  public long cpuTime() {
    return getPointer().getLong(CPU_TIME);
  }
}
