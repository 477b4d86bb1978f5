package durable;

import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs one activity for each domain, with a maximum concurrency for each host. */
public final class DurableFleetImpl implements DurableFleet {
  /** A worker without a heartbeat for this time counts as dead. */
  private static final Duration SILENCE = Duration.ofSeconds(5);

  private static final RetryOptions RETRIES =
      RetryOptions.newBuilder()
          .setInitialInterval(Duration.ofSeconds(1))
          .setMaximumInterval(Duration.ofSeconds(10))
          .build();

  @Override
  public List<Result> revert(Order order) {
    RevertGuest activity =
        Workflow.newActivityStub(
            RevertGuest.class,
            ActivityOptions.newBuilder()
                .setScheduleToCloseTimeout(order.timeout())
                .setHeartbeatTimeout(SILENCE)
                .setRetryOptions(RETRIES)
                .build());
    Map<String, WorkflowSemaphore> hosts = new HashMap<>();
    List<Promise<Result>> results = new ArrayList<>();
    for (Guest guest : order.guests()) {
      WorkflowSemaphore host =
          hosts.computeIfAbsent(
              guest.uri(), uri -> Workflow.newWorkflowSemaphore(order.maxConcurrentPerHost()));
      results.add(Async.function(() -> revert(activity, guest, order.snapshot(), host)));
    }
    return results.stream().map(Promise::get).toList();
  }

  private static Result revert(
      RevertGuest activity, Guest guest, String snapshot, WorkflowSemaphore host) {
    host.acquire();
    try {
      return activity.revert(guest, snapshot);
    } catch (ActivityFailure e) {
      return e.getCause() instanceof ApplicationFailure failure
          ? new Result(guest, failure.getType(), failure.getOriginalMessage())
          : new Result(
              guest, RevertOutcome.UNKNOWN.name(), "the time limit passed: " + e.getCause());
    } finally {
      host.release();
    }
  }
}
