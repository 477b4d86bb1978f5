package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.MoreObjects;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All values that a {@link RevertReport} and a {@link RevertException} have about a revert.
 *
 * @param outcome the outcome
 * @param request the request
 * @param before the domain right before the revert; empty if its status could not be read
 * @param after the domain after the revert; empty if it no longer exists or its status could not be
 *     read
 * @param begun when libvirt's revert function was first called, if it was called
 * @param attempts each call of libvirt's revert function that has ended, in order
 * @param corrections the steps that were taken to reach the requested state, if libvirt left
 *     another one
 * @param contents for each part of the snapshot, whether the revert restores it; empty if that was
 *     not determined, or the library does not know the driver well enough
 * @param guest the status of the guest; empty if the revert did not wait for it
 * @param safetySnapshot the name of the safety snapshot; empty if none was requested or created, or
 *     it was deleted. If libvirt could not be queried afterwards, the snapshot may or may not exist
 */
public record RevertDetails(
    RevertOutcome outcome,
    RevertRequest request,
    Optional<DomainStatus> before,
    Optional<DomainStatus> after,
    Optional<Instant> begun,
    List<RevertAttempt> attempts,
    List<StateCorrection> corrections,
    List<RestoredPart> contents,
    Optional<GuestStatus> guest,
    Optional<String> safetySnapshot)
    implements Serializable {

  /**
   * Copies the lists. No component may be null.
   *
   * @throws IllegalArgumentException if the name does not have the form of a safety snapshot's name
   */
  public RevertDetails {
    checkNotNull(outcome, "outcome is null");
    checkNotNull(request, "request is null");
    checkNotNull(before, "before is null");
    checkNotNull(after, "after is null");
    checkNotNull(begun, "begun is null");
    checkNotNull(attempts, "attempts is null");
    checkNotNull(corrections, "corrections is null");
    checkNotNull(contents, "contents is null");
    checkNotNull(guest, "guest is null");
    SafetySnapshot.checkName(safetySnapshot);
    attempts = List.copyOf(attempts);
    corrections = List.copyOf(corrections);
    contents = List.copyOf(contents);
  }

  /** Returns the details of a revert of which only the request is known. */
  public static RevertDetails of(RevertOutcome outcome, RevertRequest request) {
    return new RevertDetails(
        outcome,
        request,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return MoreObjects.toStringHelper(this)
        .omitNullValues()
        .add("outcome", outcome)
        .add("request", request)
        .add("before", before.orElse(null))
        .add("after", after.orElse(null))
        .add("begun", begun.orElse(null))
        .add("attempts", attempts)
        .add("corrections", corrections)
        .add("contents", contents)
        .add("guest", guest.orElse(null))
        .add("safetySnapshot", safetySnapshot.map(LogEscaper::quote).orElse(null))
        .toString();
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
