package durable;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** Reverts many domains, however often a worker dies meanwhile. */
@WorkflowInterface
public interface DurableFleet {
  /** Returns what became of each domain, in the order given. */
  @WorkflowMethod
  List<Result> revert(Order order);
}
