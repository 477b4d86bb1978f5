package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.function.BiFunction;

/**
 * The commands for the guest agent of a domain. Each throws an {@link AgentUnresponsiveException}
 * if the agent does not respond.
 *
 * @param domain the domain, which the caller closes
 */
public record AgentCommands(Domain domain) {
  private static final int NO_FLAGS = 0;

  /** VIR_DOMAIN_TIME_SYNC. */
  private static final int SYNC = 1;

  /** VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK, which is libvirt's default. */
  private static final int UNLIMITED = -2;

  /** Creates the commands; the domain may not be null. */
  public AgentCommands {
    checkNotNull(domain, "domain is null");
  }

  /**
   * Returns the time of the guest.
   *
   * @throws LibvirtException also if the answer is not a valid time
   * @see LibvirtLibrary#virDomainGetTime
   */
  public Instant getTime() throws LibvirtException {
    long[] seconds = new long[1];
    int[] nanoseconds = new int[1];
    int unused =
        wait(
            (library, pointer) ->
                library.virDomainGetTime(pointer, seconds, nanoseconds, NO_FLAGS));
    try {
      return Instant.ofEpochSecond(seconds[0], nanoseconds[0]);
    } catch (DateTimeException | ArithmeticException e) {
      throw new LibvirtException(
          LibvirtError.none(
              "the guest agent of %s returned an invalid time: %d s and %d ns since 1970"
                  .formatted(domain, seconds[0], nanoseconds[0])));
    }
  }

  /**
   * Sets the clock of the guest.
   *
   * @see LibvirtLibrary#virDomainSetTime
   */
  public void setTime(Instant time) throws LibvirtException {
    int unused =
        wait(
            (library, pointer) ->
                library.virDomainSetTime(pointer, time.getEpochSecond(), time.getNano(), NO_FLAGS));
  }

  /**
   * Sets the clock of the guest to its real-time clock.
   *
   * @see LibvirtLibrary#virDomainSetTime
   */
  public void syncTime() throws LibvirtException {
    int unused = wait((library, pointer) -> library.virDomainSetTime(pointer, 0, 0, SYNC));
  }

  /**
   * Limits how long libvirt waits for an answer of the agent. The limit applies to all clients of
   * the domain.
   *
   * @param seconds 1 or more
   * @see LibvirtLibrary#virDomainAgentSetResponseTimeout
   */
  public void limitWaiting(int seconds) throws LibvirtException {
    setTimeout(seconds);
  }

  /**
   * Lets libvirt wait for an answer of the agent without a limit, which is its default.
   *
   * @see LibvirtLibrary#virDomainAgentSetResponseTimeout
   */
  public void unlimitWaiting() throws LibvirtException {
    setTimeout(UNLIMITED);
  }

  private void setTimeout(int seconds) throws LibvirtException {
    int unused =
        HandleAccess.use(
            domain,
            (calls, pointer) ->
                calls.nonNegative(
                    library ->
                        library.virDomainAgentSetResponseTimeout(pointer, seconds, NO_FLAGS)));
  }

  /**
   * Freezes all file systems of the guest. Until {@link #thaw}, the agent accepts no other command.
   *
   * @return the number of file systems
   * @see LibvirtLibrary#virDomainFSFreeze
   */
  public int freeze() throws LibvirtException {
    return wait((library, pointer) -> library.virDomainFSFreeze(pointer, null, 0, NO_FLAGS));
  }

  /**
   * Thaws all file systems of the guest.
   *
   * @return the number of file systems that were frozen
   * @see LibvirtLibrary#virDomainFSThaw
   */
  public int thaw() throws LibvirtException {
    return wait((library, pointer) -> library.virDomainFSThaw(pointer, null, 0, NO_FLAGS));
  }

  /** Makes a call without a monitor, since the call takes as long as the guest needs. */
  private int wait(BiFunction<LibvirtLibrary, DomainPointer, Integer> call)
      throws LibvirtException {
    return HandleAccess.use(
        domain,
        (calls, pointer) -> calls.unwatched().nonNegative(library -> call.apply(library, pointer)));
  }
}
