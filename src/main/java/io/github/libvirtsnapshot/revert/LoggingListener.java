package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.stream.Collectors;

/** Writes what one run does into the log, one line for each moment. */
final class LoggingListener implements RevertListener {
  /** The log of all that has to do with a run. */
  static final Logger LOG = System.getLogger(SnapshotReverter.class.getName());

  @Override
  public void safetySnapshotTaken(RevertRequest request, String safetySnapshot) {
    LOG.log(
        Level.INFO,
        () ->
            "took safety snapshot "
                + LogEscaper.quote(safetySnapshot)
                + " before reverting "
                + request);
  }

  @Override
  public void reverting(RevertRequest request, DomainStatus before) {
    LOG.log(Level.INFO, () -> "reverting " + request + ": it is " + before.stateAndReason());
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
                + ", and will be tried again: "
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
                + " ms: it is "
                + report.after().stateAndReason()
                + correctionsNote(report)
                + report.guest().map(guest -> "; " + guest).orElse("")
                + contentsNote(report)
                + managedSaveNote(report.after()));
  }

  private static String correctionsNote(RevertReport report) {
    return report.corrections().isEmpty()
        ? ""
        : ", after libvirt had left another state, by " + report.corrections();
  }

  private static String contentsNote(RevertReport report) {
    String doubts =
        report.contents().stream()
            .filter(content -> !content.isKept())
            .map(RestoredPart::toString)
            .collect(Collectors.joining("; "));
    return doubts.isEmpty() ? "" : "; not as the snapshot for certain: " + doubts;
  }

  private static String managedSaveNote(DomainStatus after) {
    return after.managedSave()
        ? "; its managed save image is still there, and the next start would go on from it"
        : "";
  }

  @Override
  public void failed(RevertException failure) {
    LOG.log(Level.WARNING, failure::getMessage);
  }
}
