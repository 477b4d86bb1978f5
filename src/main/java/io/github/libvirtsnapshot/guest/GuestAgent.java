package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainInterface;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.host.AgentCommands;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Tried;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The guest agent of a domain, such as qemu-guest-agent, with the commands that are useful after a
 * revert. The domain needs a channel for the agent:
 *
 * <pre>{@code
 * <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
 * }</pre>
 *
 * <p>This class is immutable and thread-safe. It does not close the {@link Domain}.
 *
 * <p>Unless stated otherwise, a method throws an {@link AgentUnresponsiveException} if the agent
 * does not respond, and another {@link LibvirtException} if the domain has no channel or is not
 * running, or if the agent refuses the command. By default, libvirt waits 5 seconds for a connected
 * agent to respond to a ping, and then without a limit for the answer to the command. This class
 * sets the limit of {@link #respondingWithin} for each command, and then restores libvirt's
 * default; a previous value of {@code virDomainAgentSetResponseTimeout} is lost.
 */
public final class GuestAgent {
  /** The shortest time that libvirt can wait for an agent: 1 second. */
  public static final Duration SHORTEST = Duration.ofSeconds(1);

  private static final Duration LONGEST = Duration.ofSeconds(Integer.MAX_VALUE);

  /** The time that libvirt waits for the agent to respond to its ping. */
  private static final Duration PING_TIMEOUT = Duration.ofSeconds(5);

  private static final Duration BETWEEN_COMMANDS = Duration.ofMillis(100);
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(10);
  private static final Duration CLOCK_PRECISION = Duration.ofMillis(100);
  private static final int CLOCK_ATTEMPTS = 3;

  private final AgentCommands commands;
  private final InstantSource clock;
  private final Duration limit;

  private GuestAgent(AgentCommands commands, InstantSource clock, Duration limit) {
    this.commands = commands;
    this.clock = clock;
    this.limit = limit;
  }

  /** Returns the agent of this domain, with a limit of one minute for each answer. */
  public static GuestAgent of(Domain domain) {
    return of(domain, InstantSource.system());
  }

  static GuestAgent of(Domain domain, InstantSource clock) {
    return new GuestAgent(new AgentCommands(domain), clock, Duration.ofMinutes(1));
  }

  /**
   * Returns the same agent with another limit for each answer.
   *
   * @param atMost the limit, from 1 to 2^31 - 1 seconds; libvirt counts whole seconds
   * @throws IllegalArgumentException if the limit is outside that range
   */
  public GuestAgent respondingWithin(Duration atMost) {
    checkDuration(atMost);
    return new GuestAgent(commands, clock, atMost);
  }

  static void checkDuration(Duration atMost) {
    checkArgument(
        atMost.compareTo(SHORTEST) >= 0 && atMost.compareTo(LONGEST) <= 0,
        "atMost is %s; it must be from %s to %s (about 68 years), since libvirt counts whole seconds",
        LogEscaper.seconds(atMost),
        LogEscaper.seconds(SHORTEST),
        LogEscaper.seconds(LONGEST));
  }

  /**
   * Waits until the agent has answered.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetTime">virDomainGetTime</a>
   */
  public void ping() throws LibvirtException {
    boolean unused = isFrozen();
  }

  /**
   * Returns whether the guest's file systems are frozen. If a snapshot with memory was taken while
   * they were frozen, they are frozen after a revert to it, too, until {@link #thaw} thaws them.
   *
   * <p>While the file systems are frozen, the agent accepts only the thaw command and rejects
   * guest-get-time, which this method uses. If the guest's administrator has disabled
   * guest-get-time, this method returns true, too; {@link #thaw} then does nothing.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetTime">virDomainGetTime</a>
   */
  public boolean isFrozen() throws LibvirtException {
    return within(limit, this::queryFrozen);
  }

  /** Makes the agent answer, and returns whether the answer is that of a frozen guest. */
  private boolean queryFrozen() throws LibvirtException {
    try {
      Instant unused = commands.getTime();
      return false;
    } catch (LibvirtException e) {
      if (AgentRefusal.is(e)) {
        return AgentRefusal.isOfFrozen(e);
      }
      throw e;
    }
  }

  /**
   * Waits until the agent responds; this method sends a command about ten times a second. It stops
   * waiting if the guest ends or libvirt reports another error.
   *
   * @param atMost the limit, from 1 to 2^31 - 1 seconds; the last command is sent one second before
   *     the end, since libvirt counts whole seconds
   * @return the status of the guest
   * @throws AgentUnresponsiveException if the agent did not respond in that time
   * @throws InterruptedException if the thread was interrupted
   * @throws IllegalArgumentException if the limit is outside that range
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetTime">virDomainGetTime</a>
   */
  public GuestStatus await(Duration atMost) throws LibvirtException, InterruptedException {
    checkDuration(atMost);
    Stopwatch waited = Stopwatch.createStarted();
    return within(
        atMost,
        () -> {
          while (true) {
            Optional<Boolean> frozen = tryOnce(atMost.minus(waited.elapsed()));
            if (frozen.isPresent()) {
              return GuestStatus.responded(waited.elapsed(), frozen.get());
            }
            TimeUnit.NANOSECONDS.sleep(BETWEEN_COMMANDS.toNanos());
          }
        });
  }

  /**
   * Sends one command. Returns empty if the agent did not respond and there is time for another.
   */
  private Optional<Boolean> tryOnce(Duration rest) throws LibvirtException {
    Stopwatch asked = Stopwatch.createStarted();
    if (rest.compareTo(PING_TIMEOUT) < 0) {
      limitTo(rest);
    }
    try {
      return Optional.of(queryFrozen());
    } catch (LibvirtException e) {
      Duration left = rest.minus(asked.elapsed()).minus(BETWEEN_COMMANDS);
      if (!isTemporary(e) || left.compareTo(SHORTEST) < 0) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** Another client may be using the agent, or the channel was closed because the guest reboots. */
  static boolean isTemporary(LibvirtException e) {
    ErrorNumber code = e.getError().getCode();
    boolean channelBroke =
        code == ErrorNumber.VIR_ERR_SYSTEM_ERROR
            && e.getError().getDomain() == ErrorDomain.VIR_FROM_QEMU;
    return e instanceof AgentUnresponsiveException
        || code == ErrorNumber.VIR_ERR_OPERATION_TIMEOUT
        || channelBroke;
  }

  /** Returns the network interfaces of the guest with their addresses. */
  List<DomainInterface> interfaces() throws LibvirtException {
    return within(limit, () -> commands.domain().interfaceAddresses(InterfaceAddressSource.AGENT));
  }

  /**
   * Returns the time of the guest.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetTime">virDomainGetTime</a>
   */
  public Instant time() throws LibvirtException {
    return within(limit, commands::getTime);
  }

  /**
   * Sets the clock of the guest to this time.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSetTime">virDomainSetTime</a>
   */
  public void setTime(Instant time) throws LibvirtException {
    checkNotNull(time, "time is null");
    within(
        limit,
        () -> {
          set(time);
          return time;
        });
  }

  /** An agent without a real-time clock sets the guest's clock and then reports an error. */
  private void set(Instant time) throws LibvirtException {
    try {
      commands.setTime(time);
    } catch (LibvirtException e) {
      if (!AgentRefusal.is(e) || AgentRefusal.isOfFrozen(e) || !isAbout(time)) {
        throw e;
      }
    }
  }

  private boolean isAbout(Instant time) throws LibvirtException {
    return Duration.between(time, commands.getTime()).abs().compareTo(CLOCK_TOLERANCE) < 0;
  }

  /**
   * Sets the clock of the guest to the time of this machine, and compares the two clocks. If they
   * differ by more than a tenth of a second, because the command took longer than expected, the
   * clock is set again, at most three times. If the agent refuses to set that time, the clock is
   * set from the guest's real-time clock, which follows the host's clock and counts whole seconds.
   *
   * @return the difference before and after
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSetTime">virDomainSetTime</a>
   */
  public ClockSetting setClock() throws LibvirtException {
    return within(
        limit,
        () -> {
          Comparison before = compare();
          try {
            set(clock.instant().plus(before.delay));
          } catch (LibvirtException e) {
            if (!AgentRefusal.is(e) || AgentRefusal.isOfFrozen(e)) {
              throw e;
            }
            commands.syncTime();
            return new ClockSetting(before.behind, compare().behind, true);
          }
          return new ClockSetting(before.behind, correct(compare()).behind, false);
        });
  }

  /** Sets the clock again while it is not precise. */
  private Comparison correct(Comparison first) throws LibvirtException {
    Comparison last = first;
    for (int made = 1; made < CLOCK_ATTEMPTS && !isPrecise(last); made++) {
      set(clock.instant().plus(last.delay));
      last = compare();
    }
    return last;
  }

  private static boolean isPrecise(Comparison comparison) {
    return comparison.behind.abs().compareTo(CLOCK_PRECISION) <= 0;
  }

  /**
   * The clock of the guest, compared with the clock of this machine.
   *
   * @param delay the time until a command reaches the agent: half of the time of a call
   */
  private record Comparison(Duration behind, Duration delay) {}

  /** Compares the guest's time with this machine's time in the middle of the call. */
  private Comparison compare() throws LibvirtException {
    Instant asked = clock.instant();
    Instant guest = commands.getTime();
    Duration delay = Duration.between(asked, clock.instant()).dividedBy(2);
    return new Comparison(Duration.between(guest, asked.plus(delay)), delay);
  }

  /**
   * Freezes all file systems of the guest, so that a snapshot of its disks contains consistent file
   * systems. Programs in the guest that write to them wait until {@link #thaw}.
   *
   * @return the number of file systems
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFSFreeze">virDomainFSFreeze</a>
   */
  public int freeze() throws LibvirtException {
    return within(limit, commands::freeze);
  }

  /**
   * Thaws all file systems of the guest; does nothing if none is frozen.
   *
   * @return the number of file systems that were frozen
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFSThaw">virDomainFSThaw</a>
   */
  public int thaw() throws LibvirtException {
    return within(limit, commands::thaw);
  }

  /** Sends a command to the agent with a limit for libvirt's wait. */
  private <R, X extends Exception> R within(Duration atMost, Command<R, X> command)
      throws LibvirtException, X {
    limitTo(atMost);
    try {
      return command.send();
    } finally {
      unlimit();
    }
  }

  private void limitTo(Duration atMost) throws LibvirtException {
    try {
      commands.limitWaiting(Math.max(1, (int) atMost.toSeconds()));
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_NO_SUPPORT) {
        throw e;
      }
    }
  }

  /**
   * A failure is ignored, since the result of the command matters more: the guest may have ended.
   */
  private void unlimit() {
    var unused = Tried.failure(() -> commands.unlimitWaiting());
  }

  @Override
  public String toString() {
    return "guest agent of " + commands.domain();
  }

  /** A command for the agent. */
  private interface Command<R, X extends Exception> {
    R send() throws LibvirtException, X;
  }
}
