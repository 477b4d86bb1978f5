package io.github.libvirtsnapshot.jna;

/** The structure {@code virDomainBlockInfo}: the size of a disk, in bytes. */
public final class virDomainBlockInfo extends NativeStruct {
  private static final long ALLOCATION = Long.BYTES;
  private static final long PHYSICAL = 2L * Long.BYTES;

  /** Creates a structure with all bytes zero. */
  public virDomainBlockInfo() {
    super(PHYSICAL + Long.BYTES);
  }

  /** Returns the size that the guest sees, in bytes. */
  public long capacity() {
    return getPointer().getLong(0);
  }

  /** Returns the size that the image occupies on the host, in bytes. */
  public long allocation() {
    return getPointer().getLong(ALLOCATION);
  }

  /** Returns the size of the image file or device, in bytes. */
  public long physical() {
    return getPointer().getLong(PHYSICAL);
  }
}
