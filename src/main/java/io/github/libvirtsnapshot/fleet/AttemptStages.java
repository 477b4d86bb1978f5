package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.fleet.AttemptSlot.Request;
import io.github.libvirtsnapshot.internal.StageBarrier;
import java.util.Optional;

/** Lets an attempt wait for other tasks after each stage. A waiting attempt holds no slot. */
record AttemptStages(TogetherBarrier all, AttemptSlot slot, ResumeSpread spread)
    implements StageBarrier {
  @Override
  public Optional<String> await(Stage completed) {
    slot.free();
    Optional<String> failure = all.await(completed, slot.task());
    return switch (completed) {
      case PLANNED -> failure.isPresent() ? failure : awaitSlot();
      case PREPARED -> awaitSlotToContinueOrCleanUp();
      case REVERTED -> failure;
    };
  }

  private Optional<String> awaitSlot() {
    Request request = slot.request();
    Optional<String> failure = all.awaitUnlessFailed(request.granted());
    Optional<String> obstacle = request.end();
    return failure.or(() -> obstacle);
  }

  /** After the deadline, the attempt cleans up without a slot, because none may ever be free. */
  private Optional<String> awaitSlotToContinueOrCleanUp() {
    Request request = slot.request();
    Optional<String> failure = all.awaitUnlessFailed(request.granted());
    if (failure.isEmpty()) {
      return request.end();
    }
    all.awaitUnlessExpired(request.granted());
    request.endAfterFailure();
    return failure;
  }

  @Override
  public boolean resumesGuests() {
    return all.resumesGuests();
  }

  @Override
  public void resumed() {
    spread.resumed();
  }

  @Override
  public boolean leavesGuest() {
    return slot.task().result().filter(DomainResult::isReverted).isPresent();
  }
}
