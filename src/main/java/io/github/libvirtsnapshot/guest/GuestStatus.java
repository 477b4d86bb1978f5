package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The status of a guest after the wait for the guest.
 *
 * @param responded whether the guest is ready: its agent has responded, and each other probe was
 *     ready
 * @param waited the time until the guest was ready, or the time of waiting if it is not
 * @param frozen whether the file systems are frozen, as they were in the snapshot; {@link
 *     GuestAgent#thaw} thaws them. Only the guest agent knows: without {@link GuestProbe#agent},
 *     the value is false
 * @param clock the result of setting the clock; empty if that was not requested, or failed
 * @param probes the results of the probes that were made, in their order; only the last one can be
 *     other than {@code READY}. Empty after {@link GuestAgent#await}
 */
public record GuestStatus(
    boolean responded,
    Duration waited,
    boolean frozen,
    Optional<ClockSetting> clock,
    List<ProbeResult> probes)
    implements Serializable {
  /** Copies the list. No component may be null. */
  public GuestStatus {
    checkNotNull(waited, "waited is null");
    checkNotNull(clock, "clock is null");
    probes = List.copyOf(checkNotNull(probes, "probes is null"));
  }

  /** Returns the status of a guest that did not respond. */
  public static GuestStatus silent(Duration waited) {
    return new GuestStatus(false, waited, false, Optional.empty(), List.of());
  }

  /** Returns the status of a guest that responded after a time. */
  public static GuestStatus responded(Duration after, boolean frozen) {
    return new GuestStatus(true, after, frozen, Optional.empty(), List.of());
  }

  /** Returns the same status with the result of setting the clock. */
  public GuestStatus withClock(ClockSetting setting) {
    return new GuestStatus(responded, waited, frozen, Optional.of(setting), probes);
  }

  /** Returns the same status with the results of the probes. */
  public GuestStatus withProbes(List<ProbeResult> results) {
    return new GuestStatus(responded, waited, frozen, clock, results);
  }

  /**
   * Returns one line, as in {@code its guest responded after 0.2 s, its clock was 13.0 s behind and
   * is 0.0 s behind}. The line also has the results of the probes, unless there was only one, which
   * was ready.
   */
  @Override
  public String toString() {
    return "its guest "
        + (responded ? "responded after " : "did not respond within ")
        + ClockSetting.seconds(waited)
        + (frozen ? ", its file systems are frozen" : "")
        + clock.map(setting -> ", its clock " + setting).orElse("")
        + probesNote();
  }

  private String probesNote() {
    return probes.isEmpty() || (responded && probes.size() == 1)
        ? ""
        : ": " + probes.stream().map(ProbeResult::toString).collect(Collectors.joining(", "));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
