package io.github.libvirtsnapshot.guest;

import java.io.Serializable;
import java.time.Duration;
import java.util.Locale;

/**
 * How the clock of a guest was set, compared with the clock of this machine.
 *
 * @param behindBefore how far it was behind before; negative if it was ahead
 * @param behindAfter how far it is behind since then; negative if it is ahead
 * @param fromRealTimeClock whether it was set from the guest's real-time clock, which counts whole
 *     seconds, and not to the time of this machine
 */
public record ClockSetting(Duration behindBefore, Duration behindAfter, boolean fromRealTimeClock)
    implements Serializable {

  /** Returns one line, as in {@code was 13.0 s behind and is 1.1 s behind}. */
  @Override
  public String toString() {
    return "was " + words(behindBefore) + " and is " + words(behindAfter);
  }

  private static String words(Duration behind) {
    return seconds(behind.abs()) + (behind.isNegative() ? " ahead" : " behind");
  }

  static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1_000.0);
  }
}
