package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;

/**
 * The status of a guest after waiting for its agent.
 *
 * @param responded whether the agent has responded
 * @param waited the time until the answer, or the time of waiting if there was no answer
 * @param frozen whether the file systems are frozen, as they were in the snapshot; {@link
 *     GuestAgent#thaw} thaws them
 * @param clock the result of setting the clock; empty if that was not requested, or failed
 */
public record GuestStatus(
    boolean responded, Duration waited, boolean frozen, Optional<ClockSetting> clock)
    implements Serializable {
  /** Creates a status; no component may be null. */
  public GuestStatus {
    checkNotNull(waited, "waited is null");
    checkNotNull(clock, "clock is null");
  }

  /** Returns the status of a guest that did not respond. */
  public static GuestStatus silent(Duration waited) {
    return new GuestStatus(false, waited, false, Optional.empty());
  }

  /** Returns the status of a guest that responded after a time. */
  public static GuestStatus responded(Duration after, boolean frozen) {
    return new GuestStatus(true, after, frozen, Optional.empty());
  }

  /** Returns the same status with the result of setting the clock. */
  public GuestStatus withClock(ClockSetting setting) {
    return new GuestStatus(responded, waited, frozen, Optional.of(setting));
  }

  /**
   * Returns one line, as in {@code its guest responded after 0.2 s, its clock was 13.0 s behind and
   * is 0.0 s behind}.
   */
  @Override
  public String toString() {
    return "its guest "
        + (responded ? "responded after " : "did not respond within ")
        + ClockSetting.seconds(waited)
        + (frozen ? ", its file systems are frozen" : "")
        + clock.map(setting -> ", its clock " + setting).orElse("");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
