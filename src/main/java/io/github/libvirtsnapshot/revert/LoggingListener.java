package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.stream.Collectors;

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
    LOG.log(
        Level.INFO,
        () ->
            "reverted "
                + report.request()
                + " in "
                + report.elapsed().toMillis()
                + " ms: the domain is "
                + report.after().stateAndReason()
                + correctionsNote(report)
                + report.guest().map(guest -> "; " + guest).orElse("")
                + contentsNote(report)
                + managedSaveNote(report.after()));
  }

  private static String correctionsNote(RevertReport report) {
    return report.corrections().isEmpty()
        ? ""
        : ", after libvirt left another state, corrected by " + report.corrections();
  }

  private static String contentsNote(RevertReport report) {
    String doubts =
        report.contents().stream()
            .filter(content -> !content.isKept())
            .map(RestoredPart::toString)
            .collect(Collectors.joining("; "));
    return doubts.isEmpty() ? "" : "; content that may differ from the snapshot: " + doubts;
  }

  private static String managedSaveNote(DomainStatus after) {
    return after.managedSave()
        ? "; warning: the managed save image still exists, and the next start would restore it: remove it"
            + " with managedSaveRemove(), or: virsh managedsave-remove DOMAIN"
        : "";
  }

  @Override
  public void failed(RevertException failure) {
    LOG.log(Level.WARNING, failure::getMessage);
  }
}
