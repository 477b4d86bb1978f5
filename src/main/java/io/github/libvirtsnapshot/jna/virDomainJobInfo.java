package io.github.libvirtsnapshot.jna;

import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/** {@code virDomainJobInfo}: how far a job got; libvirt fills it in. */
@FieldOrder({
  "type",
  "timeElapsed",
  "timeRemaining",
  "dataTotal",
  "dataProcessed",
  "dataRemaining",
  "memTotal",
  "memProcessed",
  "memRemaining",
  "fileTotal",
  "fileProcessed",
  "fileRemaining"
})
public final class virDomainJobInfo extends Structure {
  /** The {@link #type} where no job is at work. */
  public static final int NONE = 0;

  /** The {@link #type} of a job that has ended. */
  public static final int COMPLETED = 3;

  /** A {@code virDomainJobType}. */
  public int type;

  /** Milliseconds. */
  public long timeElapsed;

  /** Milliseconds, if known. */
  public long timeRemaining;

  /** Bytes. */
  public long dataTotal;

  /** Bytes. */
  public long dataProcessed;

  /** Bytes. */
  public long dataRemaining;

  /** Bytes. */
  public long memTotal;

  /** Bytes. */
  public long memProcessed;

  /** Bytes. */
  public long memRemaining;

  /** Bytes. */
  public long fileTotal;

  /** Bytes. */
  public long fileProcessed;

  /** Bytes. */
  public long fileRemaining;
}
