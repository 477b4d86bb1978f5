package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Logs one line for each event of a run. */
final class LoggingListener implements RevertListener {
  /** The logger for all messages about a run. */
  static final Logger LOG = System.getLogger(SnapshotReverter.class.getName());

  @Override
  public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
    LOG.log(
        Level.INFO,
        () ->
            "created safety snapshot "
                + LogEscaper.quote(safetySnapshot)
                + " before reverting "
                + request);
  }

  @Override
  public void reverting(RevertRequest request, DomainStatus before) {
    LOG.log(
        Level.INFO, () -> "reverting " + request + ": the domain is " + before.stateAndReason());
  }

  @Override
  public void retrying(RevertRequest request, RevertAttempt failed) {
    LOG.log(
        Level.WARNING,
        () ->
            "reverting "
                + request
                + " failed in attempt "
                + failed.number()
                + " and is repeated: "
                + ErrorFormatter.of(failed.error().orElseThrow()));
  }

  @Override
  public void reverted(RevertReport report) {
    LOG.log(Level.INFO, report::toString);
  }

  @Override
  public void failed(RevertException failure) {
    LOG.log(Level.WARNING, failure::getMessage);
  }
}
