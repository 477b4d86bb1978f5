package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.scheduling.FairScheduler;
import io.github.libvirtsnapshot.scheduling.FairScheduler.Slot;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The slot of an attempt, which can free the slot and later continue in another one. */
final class AttemptSlot {
  private final FairScheduler scheduler;
  private final DomainTask<?> task;
  private Slot held;

  AttemptSlot(FairScheduler scheduler, DomainTask<?> task, Slot first) {
    this.scheduler = scheduler;
    this.task = task;
    this.held = first;
  }

  /** Returns the task of the attempt. */
  DomainTask<?> task() {
    return task;
  }

  /** Frees the slot while the attempt waits for other tasks. */
  void free() {
    task.waitForOthers();
  }

  /** Requests another slot, and does not wait until the slot is granted. */
  Request request() {
    Request request = new Request();
    scheduler.add(task.host.queue, request);
    return request;
  }

  /** Frees the slot at the end of the attempt. */
  void release() {
    held.release();
  }

  /** Requests a slot for a thread that is running already. */
  final class Request implements FairScheduler.Job {
    private final CompletableFuture<Slot> granted = new CompletableFuture<>();

    @Override
    public void run(Slot slot) {
      if (!granted.complete(slot)) {
        slot.release();
      }
    }

    @Override
    public void rejected(Throwable cause) {
      granted.completeExceptionally(cause);
    }

    CompletableFuture<Slot> granted() {
      return granted;
    }

    /**
     * Withdraws the request if no slot was granted before; otherwise the attempt continues in that
     * slot.
     *
     * @return why the attempt has no slot, if so
     */
    Optional<String> end() {
      Tried<Slot> slot = withdraw();
      slot.value().ifPresent(task::continueIn);
      return slot.failure().map(cause -> LogEscaper.escape(cause.toString()));
    }

    /** Ends as {@link #end} does, for an attempt that only cleans up. */
    void endAfterFailure() {
      withdraw().value().ifPresent(task::cleanUpIn);
    }

    private Tried<Slot> withdraw() {
      granted.cancel(false);
      Tried<Slot> slot = Tried.of(granted::join);
      held = slot.value().orElse(held);
      return slot;
    }
  }
}
