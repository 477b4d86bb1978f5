package io.github.libvirtsnapshot.jna;

/**
 * The structure {@code virDomainBlockJobInfo}: the progress of a block job. This library does not
 * read the fields; the result of {@link LibvirtLibrary#virDomainGetBlockJobInfo} tells whether
 * there is a job.
 */
public final class virDomainBlockJobInfo extends NativeStruct {
  /** An int, an unsigned long and two numbers of 64 bits, each aligned to 64 bits at most. */
  private static final long SIZE = 4L * Long.BYTES;

  /** Creates a structure with all bytes zero. */
  public virDomainBlockJobInfo() {
    super(SIZE);
  }
}
