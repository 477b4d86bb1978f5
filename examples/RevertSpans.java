import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;

/**
 * Traces one revert with OpenTelemetry: a span for the whole, from the creation of this listener,
 * and within it a span for each step: the plan, the safety snapshot, the revert, and the wait for
 * the guest. Each revert needs a new listener.
 */
final class RevertSpans implements RevertListener {
  private final Tracer tracer;
  private final Span whole;
  private Span step;

  RevertSpans(Tracer tracer) {
    this.tracer = tracer;
    whole = tracer.spanBuilder("libvirt revert").startSpan();
    step = begin("preparation");
  }

  private Span begin(String name) {
    return tracer.spanBuilder(name).setParent(whole.storeInContext(Context.current())).startSpan();
  }

  @Override
  public void planned(RevertPlan plan) {
    step.updateName("plan").end();
    step = begin("preparation");
  }

  @Override
  public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
    step.updateName("safety snapshot").end();
    step = begin("preparation");
  }

  @Override
  public void reverting(RevertRequest request, DomainStatus before) {
    step.end();
    step = begin("revert");
  }

  @Override
  public void retrying(RevertRequest request, RevertAttempt failed) {
    step.addEvent("retrying");
  }

  @Override
  public void awaitingGuest(RevertRequest request, DomainStatus after) {
    step.end();
    step = begin("guest");
  }

  @Override
  public void reverted(RevertReport report) {
    step.end();
    whole.end();
  }

  @Override
  public void failed(RevertException failure) {
    step.setStatus(StatusCode.ERROR, failure.outcome().name()).end();
    whole.recordException(failure).setStatus(StatusCode.ERROR, failure.outcome().name()).end();
  }
}
