package io.github.libvirtsnapshot.jna;

import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/** {@code virDomainBlockInfo}: the size of a disk, in bytes; libvirt fills it in. */
@FieldOrder({"capacity", "allocation", "physical"})
public final class virDomainBlockInfo extends Structure {
  /** What the guest sees. */
  public long capacity;

  /** What the host has stored of it. */
  public long allocation;

  /** The size of the image. */
  public long physical;
}
