package io.github.libvirtsnapshot.revert;

import org.jspecify.annotations.Nullable;

/** No snapshot can be selected, or the selected one does not meet a requirement. */
final class SelectionException extends Exception {
  private static final long serialVersionUID = 1;

  private final String reason;

  /**
   * Creates the exception.
   *
   * @param reason the message, with control characters escaped
   * @param cause the exception of a condition, if there was one
   */
  SelectionException(String reason, @Nullable Throwable cause) {
    super(reason, cause);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
