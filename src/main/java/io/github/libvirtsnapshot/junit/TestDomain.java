package io.github.libvirtsnapshot.junit;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.MoreObjects;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.function.Function;

/**
 * Declares a domain that tests need, how it is reverted, and when. {@link #anyOf} declares several
 * domains, any of which will do. A declaration is an immutable value; each method returns a new
 * one.
 */
public final class TestDomain {
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);
  private static final Duration DEFAULT_WAIT = Duration.ofMinutes(10);

  private final CandidateDomains domains;
  private final Function<Domain, SnapshotReverter> reverter;
  private final RevertBefore before;
  private final boolean snapshotOnFailure;
  private final Duration longestWait;

  private TestDomain(
      CandidateDomains domains,
      Function<Domain, SnapshotReverter> reverter,
      RevertBefore before,
      boolean snapshotOnFailure,
      Duration longestWait) {
    this.domains = domains;
    this.reverter = checkNotNull(reverter, "reverter is null");
    this.before = checkNotNull(before, "before is null");
    this.snapshotOnFailure = snapshotOnFailure;
    this.longestWait = longestWait;
  }

  private static TestDomain of(CandidateDomains domains) {
    return new TestDomain(
        domains, DeclaredReverter.toCurrent(), RevertBefore.EACH_TEST, false, DEFAULT_WAIT);
  }

  /**
   * Declares a domain that is reverted to its current snapshot before each test.
   *
   * @param uri the URI of the connection, which is opened on first use; empty for libvirt's default
   * @param name the name of the domain
   */
  public static TestDomain of(String uri, String name) {
    return of(CandidateDomains.one(uri, name));
  }

  /**
   * Declares several equal domains of a host. Each test gets one of them, which no other test uses
   * meanwhile. A {@link io.github.libvirtsnapshot.pool.DomainPool} reverts the domains ahead, on
   * first use and after each test, to their current snapshots unless {@link #reverting} is called.
   * Tests with equal declarations share a pool: declarations with the same domains and the same
   * function. The pool is closed at the end of the JUnit run.
   *
   * <p>Only {@link RevertBefore#EACH_TEST} is possible.
   *
   * @param uri the URI of the connection; empty for libvirt's default
   * @param names the names of the domains, at least one
   * @throws IllegalArgumentException if there is no name, or if a domain is named twice
   */
  public static TestDomain anyOf(String uri, String... names) {
    return of(CandidateDomains.anyOf(uri, names));
  }

  static TestDomain of(RevertedDomain annotation) {
    return new TestDomain(
        CandidateDomains.of(annotation),
        DeclaredReverter.of(annotation),
        annotation.before(),
        annotation.snapshotOnFailure(),
        Duration.ofSeconds(annotation.waitAtMost()));
  }

  /**
   * Adds domains of a host, usually another one. Any domain of this declaration will do, as {@link
   * #anyOf} describes.
   *
   * @param uri the URI of the connection; empty for libvirt's default
   * @param names the names of the domains, at least one
   * @throws IllegalArgumentException if there is no name, or if a domain is named twice
   */
  public TestDomain or(String uri, String... names) {
    return new TestDomain(domains.or(uri, names), reverter, before, snapshotOnFailure, longestWait);
  }

  /**
   * Sets the function that creates the reverter; it is called before each revert. If it returns
   * null or a reverter of another domain, nothing is reverted, and the test fails.
   */
  public TestDomain reverting(Function<Domain, SnapshotReverter> how) {
    return new TestDomain(domains, how, before, snapshotOnFailure, longestWait);
  }

  /** Sets the time when the domain is reverted. */
  public TestDomain before(RevertBefore time) {
    return new TestDomain(domains, reverter, time, snapshotOnFailure, longestWait);
  }

  /**
   * Creates a snapshot of the domain when a test fails. The new snapshot is the current one, and
   * its name begins with {@code failed-}. The name is logged (System.Logger, level INFO), is in a
   * report entry of the test, and is in a suppressed exception of the test's exception.
   *
   * <p>A later revert to the current or the newest snapshot would be one to the snapshot of the
   * failed test: let {@link #reverting} name a snapshot.
   */
  public TestDomain withSnapshotOnFailure() {
    return new TestDomain(domains, reverter, before, true, longestWait);
  }

  /**
   * Limits how long tests wait for a domain that others use: another process, or with {@link
   * #anyOf} other tests too. The default is 10 minutes. The time of a revert with the wait for its
   * guest is not limited, except that a pool waits 10 minutes at most.
   *
   * @param atMost from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the time is out of this range
   */
  public TestDomain waitingAtMost(Duration atMost) {
    checkArgument(
        checkNotNull(atMost, "atMost is null").compareTo(Duration.ZERO) > 0
            && atMost.compareTo(LONGEST) <= 0,
        "atMost is %s; the range is from 1 nanosecond to about 292 years",
        LogEscaper.seconds(atMost));
    return new TestDomain(domains, reverter, before, snapshotOnFailure, atMost);
  }

  CandidateDomains domains() {
    return domains;
  }

  Function<Domain, SnapshotReverter> reverter() {
    return reverter;
  }

  /** Returns whether the reverter is known to revert to the current snapshot. */
  boolean revertsToCurrent() {
    return reverter instanceof DeclaredReverter declared && declared.snapshot().isEmpty();
  }

  boolean isRevertedBefore(RevertBefore time) {
    return before == time;
  }

  boolean takesSnapshotOnFailure() {
    return snapshotOnFailure;
  }

  Duration longestWait() {
    return longestWait;
  }

  /** Returns a key that is unique for each set of URIs and names. */
  String key() {
    return domains.key();
  }

  /** Returns the names and the URIs for a message, escaped and without secrets. */
  String describe() {
    return domains.describe();
  }

  @Override
  public String toString() {
    return MoreObjects.toStringHelper(this)
        .addValue(describe())
        .add("before", before)
        .add("snapshotOnFailure", snapshotOnFailure)
        .toString();
  }
}
