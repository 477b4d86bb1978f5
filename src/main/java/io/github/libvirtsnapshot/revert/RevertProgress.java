package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The state of knowledge about a run at one moment. Users get {@link RevertDetails}.
 *
 * @param reverted the domain right after the revert, once only the guest is not ready
 * @param leftSnapshot the safety snapshot that may still exist although it was to be deleted
 */
record RevertProgress(
    RevertRequest request,
    Optional<DomainStatus> before,
    Optional<Instant> begun,
    List<RevertAttempt> attempts,
    List<StateCorrection> corrections,
    List<RestoredPart> contents,
    Optional<DomainStatus> reverted,
    Optional<GuestStatus> guest,
    Optional<String> safetySnapshot,
    Optional<LeftSnapshot> leftSnapshot) {

  /**
   * A safety snapshot whose deletion failed.
   *
   * @param obstacle why the deletion failed
   */
  record LeftSnapshot(String name, Throwable obstacle) {}

  /** Returns the progress of a run that has not begun. */
  static RevertProgress of(RevertRequest request) {
    return new RevertProgress(
        request,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Returns the details for users. */
  RevertDetails details(RevertOutcome outcome, Optional<DomainStatus> after) {
    return new RevertDetails(
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

  /** Returns the state before the revert, as in {@code running (booted)}. */
  String beforeWords() {
    return before.map(status -> status.stateAndReason().toString()).orElse("in an unknown state");
  }

  RevertProgress withRequest(RevertRequest known) {
    return new RevertProgress(
        known,
        before,
        begun,
        attempts,
        corrections,
        contents,
        reverted,
        guest,
        safetySnapshot,
        leftSnapshot);
  }

  RevertProgress withBefore(DomainStatus status) {
    return new RevertProgress(
        request,
        Optional.of(status),
        begun,
        attempts,
        corrections,
        contents,
        reverted,
        guest,
        safetySnapshot,
        leftSnapshot);
  }

  RevertProgress withBegun(Optional<Instant> instant) {
    return new RevertProgress(
        request,
        before,
        instant,
        attempts,
        corrections,
        contents,
        reverted,
        guest,
        safetySnapshot,
        leftSnapshot);
  }

  RevertProgress with(RevertAttempt attempt) {
    return new RevertProgress(
        request,
        before,
        begun,
        appended(attempts, attempt),
        corrections,
        contents,
        reverted,
        guest,
        safetySnapshot,
        leftSnapshot);
  }

  RevertProgress with(StateCorrection correction) {
    return new RevertProgress(
        request,
        before,
        begun,
        attempts,
        appended(corrections, correction),
        contents,
        reverted,
        guest,
        safetySnapshot,
        leftSnapshot);
  }

  RevertProgress withContents(List<RestoredPart> known) {
    return new RevertProgress(
        request,
        before,
        begun,
        attempts,
        corrections,
        known,
        reverted,
        guest,
        safetySnapshot,
        leftSnapshot);
  }

  RevertProgress withReverted(DomainStatus status) {
    return new RevertProgress(
        request,
        before,
        begun,
        attempts,
        corrections,
        contents,
        Optional.of(status),
        guest,
        safetySnapshot,
        leftSnapshot);
  }

  RevertProgress withGuest(GuestStatus status) {
    return new RevertProgress(
        request,
        before,
        begun,
        attempts,
        corrections,
        contents,
        reverted,
        Optional.of(status),
        safetySnapshot,
        leftSnapshot);
  }

  RevertProgress withSafetySnapshot(String name) {
    return new RevertProgress(
        request,
        before,
        begun,
        attempts,
        corrections,
        contents,
        reverted,
        guest,
        Optional.of(name),
        leftSnapshot);
  }

  /**
   * Notes that a safety snapshot was deleted: the one of this run, or the one that this run
   * reverted to.
   *
   * @param obstacle why the deletion failed, if it did
   */
  RevertProgress withSafetySnapshotDeleted(String name, Optional<Throwable> obstacle) {
    Optional<String> kept =
        obstacle.isPresent()
            ? safetySnapshot.or(() -> Optional.of(name))
            : safetySnapshot.filter(known -> !known.equals(name));
    return new RevertProgress(
        request,
        before,
        begun,
        attempts,
        corrections,
        contents,
        reverted,
        guest,
        kept,
        obstacle.map(reason -> new LeftSnapshot(name, reason)));
  }

  private static <T> List<T> appended(List<T> list, T last) {
    return ImmutableList.<T>builder().addAll(list).add(last).build();
  }
}
