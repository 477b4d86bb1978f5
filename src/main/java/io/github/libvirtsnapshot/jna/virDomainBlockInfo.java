package io.github.libvirtsnapshot.jna;

/** {@code virDomainBlockInfo}: the size of a disk, in bytes; libvirt fills it in. */
public final class virDomainBlockInfo extends NativeStruct {
  private static final long ALLOCATION = Long.BYTES;
  private static final long PHYSICAL = 2L * Long.BYTES;

  /** All of it is zero. */
  public virDomainBlockInfo() {
    super(PHYSICAL + Long.BYTES);
  }

  /** Returns what the guest sees. */
  public long capacity() {
    return getPointer().getLong(0);
  }

  /** Returns what the host has stored of it. */
  public long allocation() {
    return getPointer().getLong(ALLOCATION);
  }

  /** Returns the size of the image. */
  public long physical() {
    return getPointer().getLong(PHYSICAL);
  }
}
