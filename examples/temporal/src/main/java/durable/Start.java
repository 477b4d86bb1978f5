package durable;

import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Starts a run, or finds one that was started, waits for its end, and prints what became of each
 * domain:
 *
 * <pre>
 * Start ADDRESS RUN SNAPSHOT URI=DOMAIN[,DOMAIN]...
 * </pre>
 *
 * <p>RUN is a name for it. Exits with 0 if all are reverted.
 */
final class Start {
  private static final int AT_ONCE_PER_HOST = 4;
  private static final Duration AT_MOST = Duration.ofHours(1);

  private Start() {}

  public static void main(String[] arguments) {
    List<Guest> guests =
        Arrays.stream(arguments).skip(3).flatMap(host -> guests(host).stream()).toList();
    WorkflowClient client = Worker.connect(arguments[0]);
    List<Result> results =
        run(client, arguments[1], new Order(guests, arguments[2], AT_ONCE_PER_HOST, AT_MOST));
    results.forEach(System.out::println);
    String reverted = RevertOutcome.REVERTED.name();
    System.exit(results.stream().allMatch(result -> result.outcome().equals(reverted)) ? 0 : 1);
  }

  /** A URI may have the sign in it. */
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
      System.err.println(name + " was started before; waiting for its end");
    }
    return List.of(client.newUntypedWorkflowStub(name).getResult(Result[].class));
  }
}
