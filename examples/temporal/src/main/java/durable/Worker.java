package durable;

import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.Arrays;

/**
 * Works on the fleets of a server, until it is killed:
 *
 * <pre>
 * Worker ADDRESS [SECONDS [--allow-commands]]
 * </pre>
 *
 * <p>ADDRESS is the server's, as in 127.0.0.1:7233. SECONDS is how long a run waits for the worker
 * that had it last, 5 unless it is given: 0 for Temporal's test server, which waits for ever.
 * Orders come from whoever reaches the server: with --allow-commands, their URIs may run programs
 * here, as with +ext and command=.
 */
final class Worker {
  static final String QUEUE = "reverts";

  private static final int AT_ONCE = 64;
  private static final Duration UNTIL_CONNECTED = Duration.ofMinutes(1);
  private static final Duration WAIT_FOR_LAST = Duration.ofSeconds(5);

  private Worker() {}

  static WorkflowClient connect(String address) {
    return WorkflowClient.newInstance(
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget(address)
                .setSystemInfoTimeout(UNTIL_CONNECTED)
                .build()));
  }

  public static void main(String[] arguments) {
    WorkflowClient client = connect(arguments[0]);
    Duration waitForLast =
        arguments.length > 1 ? Duration.ofSeconds(Long.parseLong(arguments[1])) : WAIT_FOR_LAST;
    WorkerFactory factory = WorkerFactory.newInstance(client);
    io.temporal.worker.Worker worker =
        factory.newWorker(
            QUEUE,
            WorkerOptions.newBuilder()
                .setMaxConcurrentActivityExecutionSize(AT_ONCE)
                .setStickyQueueScheduleToStartTimeout(waitForLast)
                .build());
    worker.registerWorkflowImplementationTypes(DurableFleetImpl.class);
    boolean allowCommands = Arrays.asList(arguments).contains("--allow-commands");
    worker.registerActivitiesImplementations(new RevertGuestImpl(client, allowCommands));
    factory.start();
  }
}
