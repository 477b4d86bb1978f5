package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.CharMatcher;
import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds out whether a guest is ready: whether its agent responds, whether a TCP port accepts
 * connections, or whether a check of your program succeeds.
 *
 * <pre>{@code
 * GuestProbe ready =
 *     GuestProbe.tcp(22).and(GuestProbe.of("database", domain -> database.isHealthy()));
 * SnapshotReverter.of(domain).to("clean-install").awaitingGuest(ready, Duration.ofSeconds(60)).revert();
 * }</pre>
 *
 * <p>The probes run one after another, in their order, within one limit. A probe is repeated until
 * the guest is ready: the pause after an attempt is a tenth of the time waited so far, from 20 ms
 * to 1 s. The waiting ends at once if a probe fails, or the guest ends.
 *
 * <p>A probe is immutable, and may be used by any number of threads for any number of domains.
 */
public final class GuestProbe {
  private static final int MAX_PORT = 65_535;

  private final List<Probe> probes;

  private GuestProbe(List<Probe> probes) {
    this.probes = probes;
  }

  /** A check that your program supplies. */
  @FunctionalInterface
  public interface Check {
    /**
     * Returns whether the guest is ready. The method runs on a thread of its own, which is
     * interrupted when the limit passes.
     *
     * @param domain a handle that is closed after the last call; the domain may have stopped
     * @throws Exception a {@link java.io.IOException} or an {@link
     *     io.github.libvirtsnapshot.AgentUnresponsiveException} means that the guest is not ready
     *     yet; any other exception ends the waiting
     */
    boolean isReady(Domain domain) throws Exception;
  }

  /** Finds the address of a guest. */
  @FunctionalInterface
  public interface AddressFinder {
    /**
     * Returns the address or the host name of the guest; empty if it is not known yet. The method
     * runs as {@link Check#isReady} does.
     *
     * @throws Exception as {@link Check#isReady} does
     */
    Optional<String> find(Domain domain) throws Exception;
  }

  /** Returns a probe that is ready when the guest agent responds: {@link GuestAgent#await}. */
  public static GuestProbe agent() {
    return new GuestProbe(List.of(new AgentProbe()));
  }

  /**
   * Returns a probe that is ready when a TCP port of the guest accepts a connection. libvirt
   * returns the addresses, before each attempt: from the guest agent, or else from the DHCP leases
   * of its networks, or else from the ARP table of the host. The probe connects to each address of
   * the first source that has one, first to those of IP version 4. It leaves out the addresses that
   * other machines can't reach (loopback and link-local), and those that this machine has, too.
   *
   * <p>The agent returns what the guest claims. If the guest is not trusted, use {@link
   * #tcp(String, int)}.
   *
   * @param port the port, from 1 to 65,535
   * @throws IllegalArgumentException if the port is out of its range
   * @see Domain#interfaceAddresses
   */
  public static GuestProbe tcp(int port) {
    return tcp("TCP port " + port, GuestAddresses::of, port);
  }

  /**
   * Returns a probe that is ready when a TCP port accepts a connection. A program that forwards
   * connections to the guest, such as QEMU with user-mode networking, may accept the connection
   * before the guest does.
   *
   * @param host the address or the name of the guest; the name is resolved in each attempt
   * @param port the port, from 1 to 65,535
   * @throws IllegalArgumentException if the host is blank, or the port is out of its range
   */
  public static GuestProbe tcp(String host, int port) {
    checkNotBlank("host", host);
    return tcp("TCP port " + port + " of " + host, domain -> List.of(host), port);
  }

  /**
   * Returns a probe that is ready when a TCP port of the guest accepts a connection, whose address
   * a function finds. The function is called in each attempt.
   *
   * @param port the port, from 1 to 65,535
   * @throws IllegalArgumentException if the port is out of its range
   */
  public static GuestProbe tcp(AddressFinder address, int port) {
    checkNotNull(address, "address is null");
    return tcp(
        "TCP port " + port, domain -> address.find(domain).map(List::of).orElse(List.of()), port);
  }

  private static GuestProbe tcp(String name, TcpCheck.Hosts hosts, int port) {
    checkArgument(port >= 1 && port <= MAX_PORT, "port is %s; it must be from 1 to 65535", port);
    return new GuestProbe(List.of(new CheckProbe(name, new TcpCheck(hosts, port))));
  }

  /**
   * Returns a probe that calls a check of the program.
   *
   * @param name a name for reports, as in {@code database}
   * @throws IllegalArgumentException if the name is blank
   */
  public static GuestProbe of(String name, Check check) {
    checkNotBlank("name", name);
    checkNotNull(check, "check is null");
    return new GuestProbe(List.of(new CheckProbe(name, new UserCheck(check))));
  }

  private static void checkNotBlank(String what, String text) {
    checkNotNull(text, "%s is null", what);
    checkArgument(!CharMatcher.whitespace().matchesAllOf(text), "%s is blank", what);
  }

  /** Returns a probe that is ready when this one was ready, and then the other one. */
  public GuestProbe and(GuestProbe other) {
    return new GuestProbe(
        ImmutableList.<Probe>builder()
            .addAll(probes)
            .addAll(checkNotNull(other, "other is null").probes)
            .build());
  }

  /** Returns whether the guest has to have an agent: whether {@link #agent} is a part. */
  public boolean needsAgent() {
    return probes.stream().anyMatch(Probe::needsAgent);
  }

  /**
   * Waits until the guest is ready. An interrupt ends the wait, and the thread stays interrupted.
   *
   * @param domain the domain, which this method does not close
   * @param atMost the limit, from 1 to 2^31 - 1 seconds; the guest agent always has at least one
   *     second, since libvirt counts whole seconds
   * @return the status of the guest, with the result of each probe
   * @throws GuestNotReadyException if the guest is not ready
   * @throws IllegalArgumentException if the limit is out of its range
   */
  public GuestStatus await(Domain domain, Duration atMost) throws GuestNotReadyException {
    checkNotNull(domain, "domain is null");
    GuestAgent.checkDuration(atMost);
    return awaitReady(domain, atMost);
  }

  /** Waits for any time. */
  GuestStatus awaitReady(Domain domain, Duration atMost) throws GuestNotReadyException {
    Stopwatch waited = Stopwatch.createStarted();
    ImmutableList.Builder<ProbeResult> results = ImmutableList.builder();
    boolean frozen = false;
    for (Probe probe : probes) {
      Stopwatch probing = Stopwatch.createStarted();
      ProbeAnswer answer = answer(probe, domain, atMost.minus(waited.elapsed()));
      results.add(answer.result(probe.name(), probing.elapsed()));
      frozen |= answer.frozen();
      if (answer.outcome() != Outcome.READY) {
        throw new GuestNotReadyException(
            GuestStatus.silent(waited.elapsed()).withProbes(results.build()),
            answer.failure().orElse(null));
      }
    }
    return GuestStatus.responded(waited.elapsed(), frozen).withProbes(results.build());
  }

  private static ProbeAnswer answer(Probe probe, Domain domain, Duration atMost) {
    try {
      return probe.await(domain, atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ProbeAnswer.because(Outcome.NOT_READY, "the thread was interrupted");
    }
  }

  /** Returns the names of the probes on one line, with control characters escaped. */
  @Override
  public String toString() {
    return probes.stream()
        .map(probe -> LogEscaper.quote(probe.name()))
        .collect(Collectors.joining(", ", "probes ", ""));
  }
}
