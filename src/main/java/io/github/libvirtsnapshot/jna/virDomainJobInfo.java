package io.github.libvirtsnapshot.jna;

/** {@code virDomainJobInfo}: what a job is, and how far it got; libvirt fills it in. */
public final class virDomainJobInfo extends NativeStruct {
  /** The {@link #type} where no job is at work. */
  public static final int NONE = 0;

  /** The {@link #type} of a job that has ended. */
  public static final int COMPLETED = 3;

  /** An int and 11 numbers of 64 bits, each aligned to 64 bits at most. */
  private static final long SIZE = 12L * Long.BYTES;

  /** All of it is zero. */
  public virDomainJobInfo() {
    super(SIZE);
  }

  /** Returns a {@code virDomainJobType}. */
  public int type() {
    return getPointer().getInt(0);
  }
}
