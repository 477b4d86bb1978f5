package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;

/**
 * libvirt reported an error. The message is libvirt's on one line: control characters and
 * characters that can't be seen are escaped, and the secrets of URIs in it are left out. {@link
 * #getError} has the error as libvirt reported it.
 *
 * <p>Where a caller would act on it, a subtype says what happened: {@link NoSuchDomainException},
 * {@link NoSuchSnapshotException}, {@link RevertRiskyException}, {@link
 * AgentUnresponsiveException}, {@link ConnectionLostException}.
 */
public class LibvirtException extends Exception {
  private static final long serialVersionUID = 1;

  private final LibvirtError error;

  /** An error as libvirt reported it. */
  public LibvirtException(LibvirtError error) {
    this(error.describe(), error, null);
  }

  /**
   * An error with more said about it.
   *
   * @param message the message, which includes libvirt's own; names in it are escaped already
   * @param error what libvirt reported
   * @param cause what led here, or null
   */
  protected LibvirtException(String message, LibvirtError error, Throwable cause) {
    super(LogEscaper.escapeMessage(message), cause);
    this.error = error;
  }

  /** Returns what libvirt reported. */
  public LibvirtError getError() {
    return error;
  }
}
