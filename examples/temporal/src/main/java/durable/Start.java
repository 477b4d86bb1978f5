package durable;

import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Starts a run, or finds the run of this name, waits for its end, and prints the result of each
 * domain:
 *
 * <pre>
 * Start ADDRESS RUN SNAPSHOT URI=DOMAIN[,DOMAIN]...
 * </pre>
 *
 * <p>RUN is the name of the run. The exit status is 0 if all domains were reverted, 1 if not, and 2
 * for wrong usage.
 */
final class Start {
  private static final int MAX_CONCURRENT_PER_HOST = 4;
  private static final Duration TIMEOUT = Duration.ofHours(1);

  private Start() {}

  public static void main(String[] arguments) {
    List<String> hosts = Arrays.stream(arguments).skip(3).toList();
    if (hosts.isEmpty() || !hosts.stream().allMatch(host -> host.contains("="))) {
      System.err.println("usage: Start ADDRESS RUN SNAPSHOT URI=DOMAIN[,DOMAIN]...");
      System.exit(2);
    }
    List<Guest> guests = hosts.stream().flatMap(host -> guests(host).stream()).toList();
    WorkflowClient client = Worker.connect(arguments[0]);
    List<Result> results =
        run(
            client,
            arguments[1],
            new Order(guests, arguments[2], MAX_CONCURRENT_PER_HOST, TIMEOUT));
    results.forEach(System.out::println);
    String reverted = RevertOutcome.REVERTED.name();
    System.exit(results.stream().allMatch(result -> result.outcome().equals(reverted)) ? 0 : 1);
  }

  /** Splits at the last equals sign: the URI may contain others. */
  private static List<Guest> guests(String host) {
    int sign = host.lastIndexOf('=');
    String uri = host.substring(0, sign);
    return Arrays.stream(host.substring(sign + 1).split(","))
        .map(domain -> new Guest(uri, domain))
        .toList();
  }

  private static List<Result> run(WorkflowClient client, String name, Order order) {
    DurableFleet fleet =
        client.newWorkflowStub(
            DurableFleet.class,
            WorkflowOptions.newBuilder().setWorkflowId(name).setTaskQueue(Worker.QUEUE).build());
    try {
      WorkflowClient.start(fleet::revert, order);
    } catch (WorkflowExecutionAlreadyStarted e) {
      System.err.println("run " + name + " was started before; waiting for its end");
    }
    return List.of(client.newUntypedWorkflowStub(name).getResult(Result[].class));
  }
}
