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
 * Sends a heartbeat with the last recorded intent to the server each second. This class calls the
 * server directly because the heartbeat of an activity's context may be delayed: an intent is
 * recorded only when the server has it.
 */
final class Heartbeat implements AutoCloseable {
  private final ActivityCompletionClient server;
  private final byte[] task;
  private final Optional<RevertIntent> earlierIntent;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  private String recorded;

  private Heartbeat(ActivityCompletionClient server, byte[] task, String recorded) {
    this.server = server;
    this.task = task;
    this.earlierIntent = recorded.isEmpty() ? Optional.empty() : Optional.of(parse(recorded));
    this.recorded = recorded;
  }

  /**
   * Starts to send heartbeats.
   *
   * @throws ApplicationFailure if the intent of an earlier worker can't be read; it is not
   *     retryable
   */
  static Heartbeat of(WorkflowClient client, ActivityExecutionContext context) {
    Heartbeat heartbeat =
        new Heartbeat(
            client.newActivityCompletionClient(), context.getTaskToken(), recordedText(context));
    heartbeat.clock.scheduleWithFixedDelay(heartbeat::beat, 0, 1, TimeUnit.SECONDS);
    return heartbeat;
  }

  private static String recordedText(ActivityExecutionContext context) {
    try {
      return context.getHeartbeatDetails(String.class).orElse("");
    } catch (DataConverterException e) {
      throw unreadable("the heartbeat is not a string", e);
    }
  }

  private static RevertIntent parse(String text) {
    try {
      return RevertIntent.parse(text);
    } catch (IllegalArgumentException e) {
      throw unreadable(e.getMessage(), e);
    }
  }

  private static ApplicationFailure unreadable(String reason, Exception cause) {
    return ApplicationFailure.newNonRetryableFailureWithCause(
        "the recorded intent can't be read: " + reason, RevertOutcome.UNKNOWN.name(), cause);
  }

  /** Returns the intent that an earlier worker recorded before it crashed. */
  Optional<RevertIntent> earlierIntent() {
    return earlierIntent;
  }

  /**
   * Records an intent at the server.
   *
   * @throws ActivityCompletionException if the server did not confirm it, or has given the activity
   *     to another worker
   */
  synchronized void record(RevertIntent intent) {
    String text = intent.toText();
    server.heartbeat(task, text);
    recorded = text;
  }

  private synchronized void beat() {
    try {
      server.heartbeat(task, recorded);
    } catch (ActivityCompletionException e) {
      // The revert continues. The server rejects its result too, and another worker resolves it.
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
