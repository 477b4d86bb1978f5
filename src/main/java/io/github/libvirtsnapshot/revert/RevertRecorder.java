package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.flags.RevertFlag;
import java.util.Optional;

/** Records one run as an event of the JDK's flight recorder, whose time begins at once. */
final class RevertRecorder implements RevertListener {
  private final RevertEvent event = new RevertEvent();

  RevertRecorder() {
    event.begin();
  }

  @Override
  public void reverted(RevertReport report) {
    commit(report.facts());
  }

  @Override
  public void rolledBack(RevertException failure) {
    commit(failure.facts());
  }

  @Override
  public void failed(RevertException failure) {
    commit(failure.facts());
  }

  private void commit(RevertFacts facts) {
    if (!event.shouldCommit()) {
      return;
    }
    event.domain = LogText.escape(facts.request().domain());
    event.snapshot = facts.request().snapshot().map(LogText::escape).orElse(null);
    event.flags = RevertFlag.describe(facts.request().flags());
    event.before = words(facts.before());
    event.after = words(facts.after());
    event.outcome = facts.outcome().name();
    event.attempts = facts.attempts().size();
    event.commit();
  }

  private static String words(Optional<DomainStatus> status) {
    return status.map(known -> known.stateAndReason().toString()).orElse(null);
  }
}
