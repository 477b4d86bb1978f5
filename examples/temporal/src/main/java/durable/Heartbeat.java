package durable;

import io.github.libvirtsnapshot.revert.PendingRevert;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionClient;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.WorkflowClient;
import io.temporal.failure.ApplicationFailure;
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
  /**
   * What a {@link PendingRevert} consists of. One with names of 4 kB has 14 kB, 34 references on 7
   * levels, and arrays of 5.
   */
  private static final ObjectInputFilter PENDING_REVERT =
      ObjectInputFilter.Config.createFilter(
          "maxbytes=100000;maxdepth=10;maxrefs=100;maxarray=20;"
              + "io.github.libvirtsnapshot.DomainState;"
              + "io.github.libvirtsnapshot.DomainStatus;"
              + "io.github.libvirtsnapshot.internal.SerializedRecord;"
              + "io.github.libvirtsnapshot.StateAndReason;"
              + "io.github.libvirtsnapshot.StateReason;"
              + "io.github.libvirtsnapshot.plan.RevertRequest;"
              + "io.github.libvirtsnapshot.revert.PendingRevert;"
              + "java.lang.Boolean;java.lang.Enum;java.lang.Integer;java.lang.Number;"
              + "java.lang.Object;!*");

  private final ActivityCompletionClient server;
  private final byte[] task;
  private final Optional<PendingRevert> left;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  private byte[] written;

  private Heartbeat(ActivityCompletionClient server, byte[] task, byte[] before) {
    this.server = server;
    this.task = task;
    this.left = before.length == 0 ? Optional.empty() : Optional.of(left(before));
    this.written = before;
  }

  /**
   * Begins.
   *
   * @throws ApplicationFailure if what was written down can't be read: trying again does not help
   */
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
   * @throws IOException if it could not be read again
   * @throws ActivityCompletionException if the server does not have it, or has given the activity
   *     to another worker
   */
  synchronized void write(PendingRevert pending) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(pending);
    }
    byte[] latest = bytes.toByteArray();
    read(latest);
    server.heartbeat(task, latest);
    written = latest;
  }

  private static PendingRevert left(byte[] bytes) {
    try {
      return read(bytes);
    } catch (IOException e) {
      throw ApplicationFailure.newNonRetryableFailureWithCause(
          "what a worker has written down can't be read", RevertOutcome.UNKNOWN.name(), e);
    }
  }

  private static PendingRevert read(byte[] bytes) throws IOException {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      in.setObjectInputFilter(PENDING_REVERT);
      return (PendingRevert) in.readObject();
    } catch (ClassNotFoundException | RuntimeException e) {
      throw new IOException("it is no revert", e);
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
