package io.github.libvirtsnapshot.scheduling;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The revert of a domain was not started: its host did not respond, the deadline passed, the run
 * was stopped, or the program's own function failed. The cause is that failure, or the last error
 * of libvirt, if there is one.
 */
public final class NotStartedException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** Creates the exception with its reason. */
  public NotStartedException(String why) {
    this(why, null);
  }

  private NotStartedException(String why, @Nullable Throwable cause) {
    super(why, LibvirtError.none(why), cause);
  }

  /** The program's own function or the JVM failed. */
  public static NotStartedException because(Throwable cause) {
    return new NotStartedException(LogEscaper.escapeForeign(cause.toString()), cause);
  }

  /** Returns the exception itself if it is one of libvirt, or else one with that cause. */
  public static LibvirtException asLibvirtException(Throwable failure) {
    return failure instanceof LibvirtException e ? e : because(failure);
  }

  /** A domain was given up after its last attempt had failed. */
  public static NotStartedException after(
      Optional<LibvirtException> lastFailure, AbandonReason why) {
    return lastFailure
        .map(
            last ->
                new NotStartedException(
                    why.and("; the last error: " + last.getMessage()).notStarted(), last))
        .orElseGet(() -> new NotStartedException(why.notStarted()));
  }
}
