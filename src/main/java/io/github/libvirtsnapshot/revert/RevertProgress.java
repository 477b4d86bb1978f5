package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.Content;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a run so far. The thread of the run writes it; a thread that waits for the run
 * may read it at any time.
 */
final class RevertProgress {
  private volatile RevertRequest request;
  private volatile Optional<DomainStatus> before = Optional.empty();
  private volatile Optional<Instant> begun = Optional.empty();
  private volatile List<RevertAttempt> attempts = ImmutableList.of();
  private volatile List<StateStep> corrections = ImmutableList.of();
  private volatile List<Content> contents = ImmutableList.of();
  private volatile Optional<DomainStatus> reverted = Optional.empty();
  private volatile Optional<GuestStatus> guest = Optional.empty();
  private volatile Optional<String> safetySnapshot = Optional.empty();
  private volatile Optional<LeftSnapshot> leftSnapshot = Optional.empty();

  /**
   * A safety snapshot that may still be there although it is of no more use.
   *
   * @param obstacle why it could not be deleted
   */
  record LeftSnapshot(String name, Throwable obstacle) {}

  RevertProgress(RevertRequest request) {
    this.request = request;
  }

  /** Returns what is known, as the facts of a revert with this outcome. */
  RevertFacts facts(RevertOutcome outcome, Optional<DomainStatus> after) {
    return new RevertFacts(
        outcome,
        request,
        before,
        after,
        begun,
        attempts,
        corrections,
        contents,
        guest,
        safetySnapshot);
  }

  RevertRequest request() {
    return request;
  }

  void setRequest(RevertRequest known) {
    request = known;
  }

  Optional<DomainStatus> before() {
    return before;
  }

  void setBefore(DomainStatus status) {
    before = Optional.of(status);
  }

  /** Continues a sentence about the domain, as in {@code it was running (booted)}. */
  String beforeWords() {
    return before.map(status -> "it was " + status.stateAndReason()).orElse("its state is unknown");
  }

  Optional<Instant> begun() {
    return begun;
  }

  void setBegun(Optional<Instant> instant) {
    begun = instant;
  }

  List<RevertAttempt> attempts() {
    return attempts;
  }

  void add(RevertAttempt attempt) {
    attempts = ImmutableList.<RevertAttempt>builder().addAll(attempts).add(attempt).build();
  }

  void add(StateStep correction) {
    corrections = ImmutableList.<StateStep>builder().addAll(corrections).add(correction).build();
  }

  void setContents(List<Content> known) {
    contents = known;
  }

  /** The domain as it was right after the revert, once that is done and only its guest is not. */
  Optional<DomainStatus> reverted() {
    return reverted;
  }

  void setReverted(DomainStatus status) {
    reverted = Optional.of(status);
  }

  Optional<GuestStatus> guest() {
    return guest;
  }

  void setGuest(GuestStatus status) {
    guest = Optional.of(status);
  }

  Optional<String> safetySnapshot() {
    return safetySnapshot;
  }

  void setSafetySnapshot(String name) {
    safetySnapshot = Optional.of(name);
  }

  /**
   * A safety snapshot was to be deleted: the one of this run, or the one that this run went back
   * to.
   *
   * @param obstacle why it may still be there, if so
   */
  void safetySnapshotDeleted(String name, Optional<Throwable> obstacle) {
    leftSnapshot = obstacle.map(reason -> new LeftSnapshot(name, reason));
    if (obstacle.isEmpty()) {
      safetySnapshot = safetySnapshot.filter(known -> !known.equals(name));
    } else if (safetySnapshot.isEmpty()) {
      safetySnapshot = Optional.of(name);
    }
  }

  /** Returns what may have been left behind, if so. */
  Optional<LeftSnapshot> leftSnapshot() {
    return leftSnapshot;
  }
}
