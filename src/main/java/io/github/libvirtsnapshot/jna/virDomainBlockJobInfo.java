package io.github.libvirtsnapshot.jna;

/**
 * {@code virDomainBlockJobInfo}: how far a block job got; libvirt fills it in. Nobody here reads
 * it: that there is one says that there is a job.
 */
public final class virDomainBlockJobInfo extends NativeStruct {
  /** An int, an unsigned long and two numbers of 64 bits, each aligned to 64 bits at most. */
  private static final long SIZE = 4L * Long.BYTES;

  /** All of it is zero. */
  public virDomainBlockJobInfo() {
    super(SIZE);
  }
}
