package io.github.libvirtsnapshot.jna;

import com.sun.jna.NativeLong;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/** {@code virDomainInfo}: the state of a domain; libvirt fills it in. */
@FieldOrder({"state", "maxMem", "memory", "nrVirtCpu", "cpuTime"})
public final class virDomainInfo extends Structure {
  /** A {@code virDomainState}, an unsigned char. */
  public byte state;

  /** The most memory that the domain may have, in KiB. */
  public NativeLong maxMem = new NativeLong(0, true);

  /** The memory that the domain has, in KiB. */
  public NativeLong memory = new NativeLong(0, true);

  /** How many virtual CPUs it has, an unsigned short. */
  public short nrVirtCpu;

  /** The time that they ran, in nanoseconds. */
  public long cpuTime;
}
