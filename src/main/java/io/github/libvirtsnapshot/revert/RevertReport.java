package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.Iterables;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.Content;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A revert that was done.
 *
 * @param facts all that is known of it
 */
public record RevertReport(RevertFacts facts) implements Serializable {

  /**
   * Makes a report.
   *
   * @throws IllegalArgumentException if the facts are not those of a revert that was done: with an
   *     outcome that {@linkplain RevertOutcome#isReverted says so}, a domain before and after, a
   *     snapshot and an attempt
   */
  public RevertReport {
    checkNotNull(facts, "facts is null");
    checkArgument(
        facts.outcome().isReverted()
            && facts.before().isPresent()
            && facts.after().isPresent()
            && facts.request().snapshot().isPresent()
            && !facts.attempts().isEmpty(),
        "these are not the facts of a revert that was done: %s",
        facts);
  }

  /**
   * Returns how it ended: {@link RevertOutcome#REVERTED}, unless an exception {@linkplain
   * RevertException#report has} this report.
   */
  public RevertOutcome outcome() {
    return facts.outcome();
  }

  /** Returns what was requested. */
  public RevertRequest request() {
    return facts.request();
  }

  /** Returns the name of the domain. */
  public String domain() {
    return request().domain();
  }

  /** Returns the name of the snapshot that the domain was reverted to. */
  public String snapshot() {
    return request().snapshot().orElseThrow();
  }

  /**
   * Returns the flags as libvirt got them; {@link
   * io.github.libvirtsnapshot.flags.RevertFlag#describe} names them.
   */
  public int flags() {
    return request().flags();
  }

  /** Returns the domain right before. */
  public DomainStatus before() {
    return facts.before().orElseThrow();
  }

  /**
   * Returns the domain right after; in the report {@linkplain RevertException#report of an
   * exception}, the domain after its guest was waited for.
   */
  public DomainStatus after() {
    return facts.after().orElseThrow();
  }

  /** Returns each call of libvirt's revert, in order; the last one succeeded. */
  public List<RevertAttempt> attempts() {
    return facts.attempts();
  }

  /** Returns how long libvirt took for the revert itself, in its last attempt. */
  public Duration elapsed() {
    return Iterables.getLast(attempts()).elapsed();
  }

  /**
   * Returns what {@link SnapshotReverter#enforcingState} did to bring the domain to the requested
   * state; empty if libvirt left it there.
   */
  public List<StateStep> corrections() {
    return facts.corrections();
  }

  /**
   * Returns for each disk of the snapshot, its memory and its NVRAM, whether it is certainly what
   * it was when the snapshot was taken, and if not, why; empty where the driver is not known well
   * enough.
   */
  public List<Content> contents() {
    return facts.contents();
  }

  /** Returns what became of the guest; empty if it was not awaited. */
  public Optional<GuestStatus> guest() {
    return facts.guest();
  }

  /**
   * Returns the name of the snapshot that keeps what the domain was before, if one was requested;
   * it is the caller's to delete, with {@link SnapshotReverter#deleteSafetySnapshot}. {@link
   * SnapshotReverter#undo} goes back to it.
   */
  public Optional<String> safetySnapshot() {
    return facts.safetySnapshot();
  }
}
