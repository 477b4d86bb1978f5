package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.internal.DomainLockContender;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.Optional;

/**
 * One domain of a pool, with its state. {@link PoolState} changes the state and guards it with its
 * lock.
 *
 * <pre>{@code
 *               ready          handOut            handOver
 * REVERTING ----------> READY ---------> LEAVING ---------> IN_USE
 *  |  ^  ^                                  |                 |
 *  |  |  |             changed              |    giveBack     |
 *  |  |  `----------------------------------+-----------------'
 *  |  | revertAgain
 *  |  |
 *  |  `------ LOCKED <---- lockedElsewhere
 *  |  `------ WITHDRAWN <- withdraw, from any state
 * }</pre>
 */
final class PoolMember {
  enum State {
    /** The domain is being reverted, or waits for its revert. */
    REVERTING,
    /** The domain can be handed out. */
    READY,
    /** The domain is checked, and then handed out. */
    LEAVING,
    /** A caller uses the domain. */
    IN_USE,
    /** Another pool or process uses the domain. */
    LOCKED,
    /** The domain was taken out of the pool. */
    WITHDRAWN
  }

  private final PoolHost host;
  private final String name;
  private final DomainLockContender lock = new DomainLockContender();

  State state = State.REVERTING;

  /** What stands by, while the domain is ready. */
  Optional<StandingBy> standby = Optional.empty();

  Optional<WithdrawnDomain> withdrawn = Optional.empty();

  /** The job that changes the domain, to be given up when the pool is closed. */
  Optional<MemberJob> job = Optional.empty();

  /** How many times in succession the domain was withdrawn. */
  int withdrawals;

  PoolMember(PoolHost host, String name) {
    this.host = host;
    this.name = name;
  }

  PoolHost host() {
    return host;
  }

  String name() {
    return name;
  }

  DomainLockContender lock() {
    return lock;
  }

  /** Returns the URI of the host, escaped, without its secrets. */
  String hostName() {
    return LogEscaper.escape(LogEscaper.uriWithoutSecrets(host.uri()));
  }
}
