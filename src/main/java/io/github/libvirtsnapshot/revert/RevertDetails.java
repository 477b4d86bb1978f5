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
 * What is known of a revert: the same for one that was done, in a {@link RevertReport}, and for one
 * that was not, in a {@link RevertException}.
 *
 * @param outcome how it ended
 * @param request what it was requested to do
 * @param before the domain right before; empty if it could not be read even then
 * @param after the domain as it was left; empty if it no longer exists or could not be read
 * @param begun when libvirt was asked to revert, if it was
 * @param attempts each call of libvirt's revert that has ended, in order
 * @param corrections what was done afterwards to bring the domain to the requested state, if
 *     libvirt left another
 * @param contents for each part of the snapshot, whether the revert brings it back; empty if that
 *     was not looked at, or the driver is not known well enough
 * @param guest what became of the guest; empty if it was not awaited, or it did not come to that
 * @param safetySnapshot the name of the snapshot that keeps what the domain was before; empty if
 *     none was requested or taken, or it was deleted. Where libvirt could not be asked for the
 *     answer, it is the name of one that may or may not exist
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
   * @throws IllegalArgumentException if no safety snapshot has such a name
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

  /** Returns the details of a revert that has only been requested. */
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
