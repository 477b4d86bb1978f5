package durable;

import io.github.libvirtsnapshot.revert.PendingRevert;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionClient;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.WorkflowClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
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
  private static final ObjectInputFilter OURS =
      ObjectInputFilter.Config.createFilter("io.github.libvirtsnapshot.**;java.lang.*;!*");

  private final ActivityCompletionClient server;
  private final byte[] task;
  private final Optional<PendingRevert> left;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  private byte[] written;

  private Heartbeat(ActivityCompletionClient server, byte[] task, byte[] before) {
    this.server = server;
    this.task = task;
    this.left = read(before);
    this.written = before;
  }

  /** Begins. */
  static Heartbeat of(WorkflowClient client, ActivityExecutionContext context) {
    byte[] before = context.getHeartbeatDetails(byte[].class).orElse(new byte[0]);
    Heartbeat heartbeat =
        new Heartbeat(client.newActivityCompletionClient(), context.getTaskToken(), before);
    heartbeat.clock.scheduleWithFixedDelay(heartbeat::beat, 0, 1, TimeUnit.SECONDS);
    return heartbeat;
  }

  /** Returns what the worker before has written down, if it died. */
  Optional<PendingRevert> left() {
    return left;
  }

  /**
   * Writes a revert down.
   *
   * @throws ActivityCompletionException if the server does not have it, or has given the activity
   *     to another worker
   */
  synchronized void write(PendingRevert pending) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(pending);
    }
    byte[] latest = bytes.toByteArray();
    server.heartbeat(task, latest);
    written = latest;
  }

  private static Optional<PendingRevert> read(byte[] bytes) {
    if (bytes.length == 0) {
      return Optional.empty();
    }
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      in.setObjectInputFilter(OURS);
      return Optional.of((PendingRevert) in.readObject());
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException("what was written down can't be read", e);
    }
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
