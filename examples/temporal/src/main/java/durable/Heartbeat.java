package durable;

import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionClient;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.WorkflowClient;
import io.temporal.common.converter.DataConverterException;
import io.temporal.failure.ApplicationFailure;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Tells the server each second that the worker lives, with the revert that was written down last.
 * It does so itself, as the heartbeat of an activity's context may be late: a revert is written
 * down only when the server has it.
 */
final class Heartbeat implements AutoCloseable {
  private final ActivityCompletionClient server;
  private final byte[] task;
  private final Optional<RevertIntent> left;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  private String written;

  private Heartbeat(ActivityCompletionClient server, byte[] task, String before) {
    this.server = server;
    this.task = task;
    this.left = before.isEmpty() ? Optional.empty() : Optional.of(left(before));
    this.written = before;
  }

  /**
   * Begins.
   *
   * @throws ApplicationFailure if what was written down can't be read: trying again does not help
   */
  static Heartbeat of(WorkflowClient client, ActivityExecutionContext context) {
    Heartbeat heartbeat =
        new Heartbeat(
            client.newActivityCompletionClient(), context.getTaskToken(), before(context));
    heartbeat.clock.scheduleWithFixedDelay(heartbeat::beat, 0, 1, TimeUnit.SECONDS);
    return heartbeat;
  }

  private static String before(ActivityExecutionContext context) {
    try {
      return context.getHeartbeatDetails(String.class).orElse("");
    } catch (DataConverterException e) {
      throw unreadable("it is no text", e);
    }
  }

  private static RevertIntent left(String before) {
    try {
      return RevertIntent.parse(before);
    } catch (IllegalArgumentException e) {
      throw unreadable(e.getMessage(), e);
    }
  }

  private static ApplicationFailure unreadable(String reason, Exception cause) {
    return ApplicationFailure.newNonRetryableFailureWithCause(
        "what a worker has written down can't be read: " + reason,
        RevertOutcome.UNKNOWN.name(),
        cause);
  }

  /** Returns what the worker before has written down, if it died. */
  Optional<RevertIntent> left() {
    return left;
  }

  /**
   * Writes a revert down.
   *
   * @throws ActivityCompletionException if the server does not have it, or has given the activity
   *     to another worker
   */
  synchronized void write(RevertIntent intent) {
    String latest = intent.toText();
    server.heartbeat(task, latest);
    written = latest;
  }

  private synchronized void beat() {
    try {
      server.heartbeat(task, written);
    } catch (ActivityCompletionException e) {
      // The revert goes on. The server will not take its result either, and another worker finds
      // out.
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
