package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;

/**
 * The result of one part of a {@link GuestProbe}.
 *
 * @param name the name of the probe, as in {@code TCP port 22}
 * @param outcome the outcome
 * @param elapsed how long the probe took
 * @param reason why the guest is not ready; empty if it is ready. Control characters are escaped
 */
public record ProbeResult(String name, Outcome outcome, Duration elapsed, Optional<String> reason)
    implements Serializable {
  /** The outcome of a probe. */
  public enum Outcome {
    /** The guest is ready. */
    READY,
    /** The limit passed or the thread was interrupted, and the last answer was no. */
    NOT_READY,
    /** The check threw an exception, or the guest ended. */
    FAILED,
    /** The limit passed, and a call of the check has not returned. */
    UNFINISHED
  }

  /** Creates a result; no component may be null. */
  public ProbeResult {
    checkNotNull(name, "name is null");
    checkNotNull(outcome, "outcome is null");
    checkNotNull(elapsed, "elapsed is null");
    checkNotNull(reason, "reason is null");
  }

  /**
   * Returns one line, as in {@code probe "TCP port 22" was not ready within 60.0 s:
   * 192.168.122.3:22: Connection refused}.
   */
  @Override
  public String toString() {
    return "probe "
        + LogEscaper.quote(name)
        + switch (outcome) {
          case READY -> " was ready after ";
          case NOT_READY -> " was not ready within ";
          case FAILED -> " failed after ";
          case UNFINISHED -> " did not return within ";
        }
        + ClockSetting.seconds(elapsed)
        + reason.map(words -> ": " + LogEscaper.escapeMessage(words)).orElse("");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
