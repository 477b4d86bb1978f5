package io.github.libvirtsnapshot.jna;

/** The structure {@code virDomainJobInfo}: the type and the progress of a job. */
public final class virDomainJobInfo extends NativeStruct {
  /** The {@link #type} if no job is in progress. */
  public static final int NONE = 0;

  /** An int and 11 numbers of 64 bits, each aligned to 64 bits at most. */
  private static final long SIZE = 12L * Long.BYTES;

  /** Creates a structure with all bytes zero. */
  public virDomainJobInfo() {
    super(SIZE);
  }

  /** Returns the type of the job, a {@code virDomainJobType}. */
  public int type() {
    return getPointer().getInt(0);
  }
}
