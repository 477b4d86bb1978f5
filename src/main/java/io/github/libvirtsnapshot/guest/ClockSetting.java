package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkNotNull;

import java.io.Serializable;
import java.time.Duration;
import java.util.Locale;

/**
 * The result of setting the clock of a guest, compared with the clock of this machine.
 *
 * @param behindBefore how far the guest's clock was behind before; negative if it was ahead
 * @param behindAfter how far the guest's clock is behind now; negative if it is ahead
 * @param fromRealTimeClock true if the guest's clock was set from its real-time clock, which counts
 *     whole seconds; false if it was set to the time of this machine
 */
public record ClockSetting(Duration behindBefore, Duration behindAfter, boolean fromRealTimeClock)
    implements Serializable {
  private static final double NANOS_PER_SECOND = 1e9;

  /** Creates a result; no component may be null. */
  public ClockSetting {
    checkNotNull(behindBefore, "behindBefore is null");
    checkNotNull(behindAfter, "behindAfter is null");
  }

  /** Returns one line, as in {@code was 13.0 s behind and is 0.0 s behind}. */
  @Override
  public String toString() {
    return "was " + words(behindBefore) + " and is " + words(behindAfter);
  }

  private static String words(Duration behind) {
    return seconds(behind) + (behind.isNegative() ? " ahead" : " behind");
  }

  /** Returns the absolute value of a duration in seconds, as in {@code 1.1 s}. */
  static String seconds(Duration duration) {
    double seconds = duration.getSeconds() + duration.getNano() / NANOS_PER_SECOND;
    return String.format(Locale.ROOT, "%.1f s", Math.abs(seconds));
  }
}
