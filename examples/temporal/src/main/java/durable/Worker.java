package durable;

import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.Arrays;

/**
 * Executes the workflows of a Temporal server until the process is killed:
 *
 * <pre>
 * Worker ADDRESS [SECONDS [--allow-commands]]
 * </pre>
 *
 * <p>ADDRESS is the address of the server, such as 127.0.0.1:7233. SECONDS is how long a workflow
 * waits for the worker that executed it last; the default is 5. Use 0 with Temporal's test server,
 * which otherwise waits forever. Anyone who can connect to the server can send orders. With
 * --allow-commands, the URIs of orders may run programs on this machine, such as +ext and command=.
 */
final class Worker {
  static final String QUEUE = "reverts";

  private static final int MAX_CONCURRENT = 64;
  private static final Duration CONNECT_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration WAIT_FOR_LAST_WORKER = Duration.ofSeconds(5);

  private Worker() {}

  static WorkflowClient connect(String address) {
    return WorkflowClient.newInstance(
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget(address)
                .setSystemInfoTimeout(CONNECT_TIMEOUT)
                .build()));
  }

  public static void main(String[] arguments) {
    if (arguments.length == 0 || (arguments.length > 1 && !arguments[1].matches("[0-9]{1,9}"))) {
      System.err.println("usage: Worker ADDRESS [SECONDS [--allow-commands]]");
      System.exit(2);
    }
    WorkflowClient client = connect(arguments[0]);
    Duration waitForLastWorker =
        arguments.length > 1
            ? Duration.ofSeconds(Long.parseLong(arguments[1]))
            : WAIT_FOR_LAST_WORKER;
    WorkerFactory factory = WorkerFactory.newInstance(client);
    io.temporal.worker.Worker worker =
        factory.newWorker(
            QUEUE,
            WorkerOptions.newBuilder()
                .setMaxConcurrentActivityExecutionSize(MAX_CONCURRENT)
                .setStickyQueueScheduleToStartTimeout(waitForLastWorker)
                .build());
    worker.registerWorkflowImplementationTypes(DurableFleetImpl.class);
    boolean allowCommands = Arrays.asList(arguments).contains("--allow-commands");
    worker.registerActivitiesImplementations(new RevertGuestImpl(client, allowCommands));
    factory.start();
  }
}
