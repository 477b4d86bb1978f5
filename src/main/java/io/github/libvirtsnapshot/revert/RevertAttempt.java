package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

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

  /** Returns one line, as in {@code attempt 1 succeeded after 512 ms}. */
  @Override
  public String toString() {
    return "attempt "
        + number
        + (error.isPresent() ? " failed" : " succeeded")
        + " after "
        + TimeUnit.MILLISECONDS.convert(elapsed)
        + " ms"
        + error.map(reported -> ": " + ErrorFormatter.of(reported)).orElse("");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
