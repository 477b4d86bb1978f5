package io.github.libvirtsnapshot;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if libvirt reports an error. The message is libvirt's message on one line: control
 * characters and invisible characters are escaped, and the secrets of URIs are left out. {@link
 * #getError} returns the error as libvirt reported it.
 *
 * <p>There are subclasses for errors that a caller may want to handle: {@link
 * NoSuchDomainException}, {@link NoSuchSnapshotException}, {@link RevertRiskyException}, {@link
 * AgentUnresponsiveException}, {@link ConnectionLostException}.
 */
public class LibvirtException extends Exception {
  private static final long serialVersionUID = 1;

  private final LibvirtError error;

  /** Creates the exception from the error that libvirt reported. */
  public LibvirtException(LibvirtError error) {
    this(error.describe(), error, null);
  }

  /**
   * Creates the exception with a message that says more than libvirt's.
   *
   * @param message the message, which includes libvirt's message; names in it are escaped already
   * @param error the error that libvirt reported
   * @param cause the cause, or null
   */
  protected LibvirtException(String message, LibvirtError error, @Nullable Throwable cause) {
    super(LogEscaper.escapeMessage(message), cause);
    this.error = error;
  }

  /** Returns the message, which is never null. */
  @Override
  public String getMessage() {
    return requireNonNull(super.getMessage());
  }

  /** Returns the error that libvirt reported. */
  public LibvirtError getError() {
    return error;
  }
}
