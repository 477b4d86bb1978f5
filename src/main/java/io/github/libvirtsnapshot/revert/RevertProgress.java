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
 * What is known of a run at one moment; see {@link RevertDetails}, which users get.
 *
 * @param reverted the domain as it was right after the revert, once that is done and only its guest
 *     is not
 * @param leftSnapshot what may have been left behind, if so
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
   * A safety snapshot that was to be deleted and may still be there.
   *
   * @param obstacle why it could not be deleted
   */
  record LeftSnapshot(String name, Throwable obstacle) {}

  /** What is known of a run that has not begun. */
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

  /** Returns what is known, as the details of a revert with this outcome. */
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

  /** Continues a sentence about the domain, as in {@code it was running (booted)}. */
  String beforeWords() {
    return before.map(status -> "it was " + status.stateAndReason()).orElse("its state is unknown");
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
   * A safety snapshot was to be deleted: the one of this run, or the one that this run went back
   * to.
   *
   * @param obstacle why it may still be there, if so
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
