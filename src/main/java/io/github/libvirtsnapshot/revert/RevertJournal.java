package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.RevertFlag;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.function.Consumer;

/** Tells the world what one run does: the log, the flight recorder and the listener. */
final class RevertJournal {
  private static final Logger LOG = System.getLogger(SnapshotReverter.class.getName());

  private final RevertListener listener;
  private final RevertEvent event = new RevertEvent();

  RevertJournal(RevertListener listener) {
    this.listener = listener;
  }

  void begin() {
    event.begin();
  }

  void planned(RevertPlan plan) {
    tell(to -> to.planned(plan));
  }

  void safetySnapshotTaken(RevertFacts facts) {
    String name = facts.safetySnapshot().get();
    LOG.log(
        Level.INFO,
        () ->
            "took safety snapshot " + LogText.quote(name) + " before reverting " + facts.request());
    tell(to -> to.safetySnapshotTaken(facts.request(), name));
  }

  void reverting(RevertFacts facts) {
    DomainStatus before = facts.before().get();
    LOG.log(
        Level.INFO, () -> "reverting " + facts.request() + ": it is " + before.stateAndReason());
    tell(to -> to.reverting(facts.request(), before));
  }

  void retrying(RevertFacts facts, LibvirtException failure) {
    int made = facts.attempts().size();
    LOG.log(
        Level.WARNING,
        () ->
            "reverting "
                + facts.request()
                + " failed in attempt "
                + made
                + ", and will be tried again: "
                + Failures.describe(failure));
    tell(to -> to.retrying(facts.request(), facts.attempts().get(made - 1)));
  }

  void reverted(RevertReport report) {
    LOG.log(
        Level.INFO,
        () ->
            "reverted "
                + report.request()
                + " in "
                + report.elapsed().toMillis()
                + " ms: it is "
                + report.after().stateAndReason()
                + enforcedNote(report)
                + managedSaveNote(report.after()));
    commit(
        report.request(),
        Optional.of(report.before()),
        Optional.of(report.after()),
        "REVERTED",
        report.attempts().size());
    tell(to -> to.reverted(report));
  }

  private static String enforcedNote(RevertReport report) {
    return report.enforced().isEmpty()
        ? ""
        : ", after libvirt had left another state, by " + report.enforced();
  }

  private static String managedSaveNote(DomainStatus after) {
    return after.managedSave()
        ? "; its managed save image is still there, and would be what the next start goes on from"
        : "";
  }

  void failed(RevertException failure) {
    LOG.log(Level.WARNING, failure.getMessage());
    commit(
        failure.request(),
        failure.before(),
        failure.after(),
        failure.outcome().name(),
        failure.attempts().size());
    if (failure.outcome() == RevertOutcome.ROLLED_BACK) {
      tell(to -> to.rolledBack(failure));
    } else {
      tell(to -> to.failed(failure));
    }
  }

  private void commit(
      RevertRequest request,
      Optional<DomainStatus> before,
      Optional<DomainStatus> after,
      String outcome,
      int attempts) {
    if (!event.shouldCommit()) {
      return;
    }
    event.domain = request.domain();
    event.snapshot = request.snapshot().orElse(null);
    event.flags = RevertFlag.describe(request.flags());
    event.before = before.map(status -> status.stateAndReason().toString()).orElse(null);
    event.after = after.map(status -> status.stateAndReason().toString()).orElse(null);
    event.outcome = outcome;
    event.attempts = attempts;
    event.commit();
  }

  private void tell(Consumer<RevertListener> moment) {
    try {
      moment.accept(listener);
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "a listener failed, and the revert goes on", e);
    }
  }
}
