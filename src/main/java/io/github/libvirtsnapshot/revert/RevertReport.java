package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.Iterables;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A revert that was done.
 *
 * @param details all that is known of it
 */
public record RevertReport(RevertDetails details) implements Serializable {

  /**
   * Makes a report.
   *
   * @throws IllegalArgumentException if the details are not those of a revert that was done: with
   *     an outcome that {@linkplain RevertOutcome#isReverted says so}, a domain before and after, a
   *     snapshot and an attempt
   */
  public RevertReport {
    checkNotNull(details, "details is null");
    checkArgument(
        details.outcome().isReverted()
            && details.before().isPresent()
            && details.after().isPresent()
            && details.request().snapshot().isPresent()
            && !details.attempts().isEmpty(),
        "these are not the details of a revert that was done: %s",
        details);
  }

  /**
   * Returns how it ended: {@link RevertOutcome#REVERTED}, unless an exception {@linkplain
   * RevertException#report has} this report.
   */
  public RevertOutcome outcome() {
    return details.outcome();
  }

  /** Returns what was requested. */
  public RevertRequest request() {
    return details.request();
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
    return details.before().orElseThrow();
  }

  /**
   * Returns the domain right after; in the report {@linkplain RevertException#report of an
   * exception}, the domain after its guest was waited for.
   */
  public DomainStatus after() {
    return details.after().orElseThrow();
  }

  /** Returns each call of libvirt's revert, in order; the last one succeeded. */
  public List<RevertAttempt> attempts() {
    return details.attempts();
  }

  /** Returns how long libvirt took for the revert itself, in its last attempt. */
  public Duration elapsed() {
    return Iterables.getLast(attempts()).elapsed();
  }

  /**
   * Returns what {@link SnapshotReverter#enforcingState} did to bring the domain to the requested
   * state; empty if libvirt left it there.
   */
  public List<StateCorrection> corrections() {
    return details.corrections();
  }

  /**
   * Returns for each disk of the snapshot, its memory and its NVRAM, whether it is certainly what
   * it was when the snapshot was taken, and if not, why; empty where the driver is not known well
   * enough.
   */
  public List<RestoredPart> contents() {
    return details.contents();
  }

  /** Returns what became of the guest; empty if it was not awaited. */
  public Optional<GuestStatus> guest() {
    return details.guest();
  }

  /**
   * Returns the name of the snapshot that keeps what the domain was before, if one was requested;
   * it is the caller's to delete, with {@link SnapshotReverter#deleteSafetySnapshot}. {@link
   * SnapshotReverter#undo} goes back to it.
   */
  public Optional<String> safetySnapshot() {
    return details.safetySnapshot();
  }
}
