package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.AgentCommands;
import io.github.libvirtsnapshot.internal.Tried;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The agent in a guest, such as qemu-guest-agent, as far as it matters after a revert. The domain
 * needs a channel for it:
 *
 * <pre>{@code
 * <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
 * }</pre>
 *
 * <p>An immutable value that any thread may use. It does not close the {@link Domain}.
 *
 * <p>Where nothing else is said, a method throws an {@link AgentUnresponsiveException} if no agent
 * answers, and another {@link LibvirtException} if the domain has no channel, is not running, or
 * its agent refuses. libvirt itself gives an agent that is connected 5 seconds to say that it is
 * there, and then any time to answer. This class gives it {@link #answeringWithin} instead, and
 * leaves libvirt with its default, whatever {@code virDomainAgentSetResponseTimeout} was before.
 */
public final class GuestAgent {
  /** The shortest time that libvirt can wait for an agent: a second. */
  public static final Duration SHORTEST = Duration.ofSeconds(1);

  private static final Duration LONGEST = Duration.ofSeconds(Integer.MAX_VALUE);

  /** As long as libvirt waits for an agent to say that it is there. */
  private static final Duration FOR_A_SIGN = Duration.ofSeconds(5);

  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(100);
  private static final Duration A_CALL_AGO = Duration.ofSeconds(10);

  private final AgentCommands commands;
  private final Duration limit;

  private GuestAgent(AgentCommands commands, Duration limit) {
    this.commands = commands;
    this.limit = limit;
  }

  /** Returns the agent in the guest of this domain, with a minute for each answer. */
  public static GuestAgent of(Domain domain) {
    return new GuestAgent(new AgentCommands(domain), Duration.ofMinutes(1));
  }

  /**
   * Returns the same agent with another time for each answer.
   *
   * @param atMost from 1 second to 2^31 - 1; libvirt counts whole seconds
   * @throws IllegalArgumentException if it is out of its range
   */
  public GuestAgent answeringWithin(Duration atMost) {
    checkDuration(atMost);
    return new GuestAgent(commands, atMost);
  }

  private static void checkDuration(Duration atMost) {
    checkArgument(
        atMost.compareTo(SHORTEST) >= 0 && atMost.compareTo(LONGEST) <= 0,
        "atMost is %s; it can be from %s to %s, about 68 years: libvirt waits for whole seconds",
        atMost,
        SHORTEST,
        LONGEST);
  }

  /**
   * Returns once the agent has answered.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetTime">virDomainGetTime</a>
   */
  public void ping() throws LibvirtException {
    boolean unused = isFrozen();
  }

  /**
   * Returns whether the guest's file systems are frozen. In a snapshot with memory that was taken
   * while they were, they still are when it is reverted to, and nothing thaws them by itself.
   *
   * <p>Its agent then does nothing but thaw, and says no more than that it will not tell the time.
   * One whose administrator forbids exactly that looks frozen too; {@link #thaw} does nothing then.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetTime">virDomainGetTime</a>
   */
  public boolean isFrozen() throws LibvirtException {
    return within(limit, this::askForSign);
  }

  /** Asks for any sign of life, and returns whether it was that of a frozen guest. */
  private boolean askForSign() throws LibvirtException {
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
   * Waits until the agent answers, and asks it ten times a second. It stops waiting if the guest
   * ends, or libvirt fails.
   *
   * @param atMost how long, from 1 second to 2^31 - 1; the last question is asked a second before
   *     the end, as libvirt counts whole seconds
   * @return what it found
   * @throws AgentUnresponsiveException if the agent did not answer in that time
   * @throws InterruptedException if the thread was interrupted
   * @throws IllegalArgumentException if the time is out of its range
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
            Optional<Boolean> frozen = askWhileWaiting(atMost.minus(waited.elapsed()));
            if (frozen.isPresent()) {
              return GuestStatus.answered(waited.elapsed(), frozen.get());
            }
            TimeUnit.NANOSECONDS.sleep(BETWEEN_QUESTIONS.toNanos());
          }
        });
  }

  /** Asks once, and throws only if there is no time to ask again. */
  private Optional<Boolean> askWhileWaiting(Duration rest) throws LibvirtException {
    Stopwatch asked = Stopwatch.createStarted();
    if (rest.compareTo(FOR_A_SIGN) < 0) {
      limitTo(rest);
    }
    try {
      return Optional.of(askForSign());
    } catch (LibvirtException e) {
      Duration left = rest.minus(asked.elapsed()).minus(BETWEEN_QUESTIONS);
      if (!passes(e) || left.compareTo(SHORTEST) < 0) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** Somebody else may be asking the agent, or its channel breaks off as the guest starts anew. */
  private static boolean passes(LibvirtException e) {
    ErrorNumber code = e.getError().getCode();
    boolean channelBroke =
        code == ErrorNumber.VIR_ERR_SYSTEM_ERROR
            && e.getError().getDomain() == ErrorDomain.VIR_FROM_QEMU;
    return e instanceof AgentUnresponsiveException
        || code == ErrorNumber.VIR_ERR_OPERATION_TIMEOUT
        || channelBroke;
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

  /** Where there is no real-time clock to be set too, an agent sets the clock and then fails. */
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
    return Duration.between(time, commands.getTime()).abs().compareTo(A_CALL_AGO) < 0;
  }

  /**
   * Sets the clock of the guest right: from its own real-time clock, which is the host's, or, where
   * it has none or can't read it, to the time of this machine. The former is exact to a second or
   * two, as that clock counts whole seconds.
   *
   * @return how far off it was, and still is
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSetTime">virDomainSetTime</a>
   */
  public ClockSetting setClock() throws LibvirtException {
    return within(
        limit,
        () -> {
          Duration before = behind();
          boolean fromRealTimeClock = syncsClock();
          return new ClockSetting(before, behind(), fromRealTimeClock);
        });
  }

  private boolean syncsClock() throws LibvirtException {
    try {
      commands.syncTime();
      return true;
    } catch (LibvirtException e) {
      if (!AgentRefusal.is(e) || AgentRefusal.isOfFrozen(e)) {
        throw e;
      }
      set(Instant.now());
      return false;
    }
  }

  /** Compares with this machine's time in the middle of the call. */
  private Duration behind() throws LibvirtException {
    Instant asked = Instant.now();
    Instant guest = commands.getTime();
    Instant answered = Instant.now();
    return Duration.between(guest, asked.plus(Duration.between(asked, answered).dividedBy(2)));
  }

  /**
   * Freezes all file systems of the guest, so that a snapshot of its disks is one of whole file
   * systems. Whatever writes to them in the guest waits until {@link #thaw}.
   *
   * @return how many
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFSFreeze">virDomainFSFreeze</a>
   */
  public int freeze() throws LibvirtException {
    return within(limit, commands::freeze);
  }

  /**
   * Thaws all file systems of the guest; does nothing if none is frozen.
   *
   * @return how many were frozen
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFSThaw">virDomainFSThaw</a>
   */
  public int thaw() throws LibvirtException {
    return within(limit, commands::thaw);
  }

  /** Asks the agent, and lets libvirt wait as long as it may. */
  private <R, X extends Exception> R within(Duration atMost, Question<R, X> question)
      throws LibvirtException, X {
    limitTo(atMost);
    try {
      return question.ask();
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

  /** What the question has met matters more than a failure here: the guest may have ended. */
  private void unlimit() {
    var unused = Tried.failure(() -> commands.unlimitWaiting());
  }

  @Override
  public String toString() {
    return "guest agent of " + commands.domain();
  }

  /** Something that the agent is asked. */
  private interface Question<R, X extends Exception> {
    R ask() throws LibvirtException, X;
  }
}
