package durable;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** Reverts many domains, even if workers die during the run. */
@WorkflowInterface
public interface DurableFleet {
  /** Returns the result of each domain, in the order of the request. */
  @WorkflowMethod
  List<Result> revert(Order order);
}
