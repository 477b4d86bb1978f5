package io.github.libvirtsnapshot.images;

import io.github.libvirtsnapshot.images.Qcow2Reading.Outcome;

/** An image can't be read as qcow2. The reason contains no text of the image. */
final class UnreadableImageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Outcome outcome;
  private final String reason;

  UnreadableImageException(Outcome outcome, String reason) {
    super(reason);
    this.outcome = outcome;
    this.reason = reason;
  }

  static UnreadableImageException damaged(String reason) {
    return new UnreadableImageException(Outcome.DAMAGED, reason);
  }

  /** Returns the reading that did not succeed. */
  Qcow2Reading reading() {
    return Qcow2Reading.without(outcome, reason);
  }
}
