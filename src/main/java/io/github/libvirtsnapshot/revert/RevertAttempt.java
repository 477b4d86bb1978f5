package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;

/**
 * One call of libvirt's revert function.
 *
 * @param number the number of the attempt, from 1
 * @param error the error, if the call failed
 * @param elapsed the duration of the call
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
