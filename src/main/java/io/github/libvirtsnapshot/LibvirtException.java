package io.github.libvirtsnapshot;

/**
 * libvirt reported an error. The message is libvirt's on one line, {@linkplain LogText#escape
 * escaped} and {@linkplain LogText#withoutSecrets without the secrets} of URIs in it; {@link
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
    super(LogText.escapeMessage(message), cause);
    this.error = error;
  }

  /**
   * Returns the exception that the handles throw for this error: of the subtype that fits it. That
   * the connection was lost can't be seen from the error alone.
   */
  public static LibvirtException of(LibvirtError error) {
    return switch (error.getCode()) {
      case VIR_ERR_NO_DOMAIN -> new NoSuchDomainException(error);
      case VIR_ERR_NO_DOMAIN_SNAPSHOT -> new NoSuchSnapshotException(error);
      case VIR_ERR_SNAPSHOT_REVERT_RISKY -> new RevertRiskyException(error);
      case VIR_ERR_AGENT_UNRESPONSIVE, VIR_ERR_AGENT_COMMAND_TIMEOUT ->
          new AgentUnresponsiveException(error);
      default -> new LibvirtException(error);
    };
  }

  /** Returns what libvirt reported. */
  public LibvirtError getError() {
    return error;
  }
}
