package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.RevertReport;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The exclusive use of a domain of a {@link DomainPool}, until {@link #close}. The domain is as its
 * report says; a guest that stood by {@link Standby#PAUSED} is resumed.
 */
public final class PooledDomain implements AutoCloseable {
  private final PoolMember member;
  private final HandOut.Result result;
  private final Runnable giveBack;
  private final AtomicBoolean closed = new AtomicBoolean();

  PooledDomain(PoolMember member, HandOut.Result result, Runnable giveBack) {
    this.member = member;
    this.result = result;
    this.giveBack = giveBack;
  }

  /**
   * Returns the domain, on a connection that only the caller uses. {@link #close} closes the handle
   * and takes the connection back.
   */
  public Domain domain() {
    return result.domain();
  }

  /** Returns the report of the revert that prepared the domain. */
  public RevertReport report() {
    return result.standby().report();
  }

  /**
   * Returns the result of setting the clock when the domain was handed out; empty without {@link
   * io.github.libvirtsnapshot.revert.SnapshotReverter#settingClock}.
   */
  public Optional<ClockSetting> clock() {
    return result.clock();
  }

  /** Returns the host, as it was given to {@link PoolSettings#on}. */
  public String uri() {
    return member.host().uri();
  }

  String uuid() {
    return result.standby().uuid();
  }

  /**
   * Gives the domain back to the pool, which reverts it in the background. This method does not
   * wait. Calling it again does nothing.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      giveBack.run();
    }
  }

  /** Returns one line, escaped, without the secrets of the URI. */
  @Override
  public String toString() {
    return "pooled domain " + LogEscaper.quote(member.name()) + " of " + member.hostName();
  }
}
