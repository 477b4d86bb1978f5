package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.fleet.AttemptSlot.Request;
import io.github.libvirtsnapshot.internal.StageBarrier;
import java.util.Optional;

/** The stages that one attempt shares with other tasks. The attempt waits without a slot. */
record AttemptStages(TogetherBarrier all, AttemptSlot slot, ResumeSpread spread)
    implements StageBarrier {
  @Override
  public Optional<String> await(Stage completed) {
    slot.free();
    Optional<String> failure = all.await(completed, slot.task());
    return failure.isPresent() || completed == Stage.REVERTED ? failure : awaitSlot();
  }

  private Optional<String> awaitSlot() {
    Request request = slot.request();
    Optional<String> failure = all.awaitUnlessFailed(request.granted());
    Optional<String> obstacle = request.end();
    return failure.or(() -> obstacle);
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
