package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;

/**
 * One call of libvirt's revert.
 *
 * @param number which one of its run it is, from 1
 * @param error the error that it ended in, if it did
 * @param elapsed how long it took
 */
public record RevertAttempt(int number, Optional<LibvirtError> error, Duration elapsed)
    implements Serializable {
  /** No component may be null. */
  public RevertAttempt {
    checkNotNull(error, "error is null");
    checkNotNull(elapsed, "elapsed is null");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
