package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.RevertFlag;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;

/** One run of a revert, from the first look at the domain to the last. */
final class RevertRun {
  private static final Logger LOG = System.getLogger(SnapshotReverter.class.getName());

  private final Domain domain;
  private final DomainSnapshot snapshot;
  private final DomainStatus before;
  private final RevertRequest request;

  private RevertRun(
      Domain domain, DomainSnapshot snapshot, DomainStatus before, RevertRequest request) {
    this.domain = domain;
    this.snapshot = snapshot;
    this.before = before;
    this.request = request;
  }

  /** Runs it; whatever comes of it is logged, and returned or thrown. */
  static RevertReport run(Domain domain, SnapshotTarget target, int flags) throws RevertException {
    try {
      return find(domain, target, flags);
    } catch (RevertException e) {
      LOG.log(Level.WARNING, e.getMessage());
      throw e;
    }
  }

  private static RevertReport find(Domain domain, SnapshotTarget target, int flags)
      throws RevertException {
    RevertRequest request = new RevertRequest(domain.getName(), target.name(), flags);
    Optional<DomainStatus> before = Optional.empty();
    DomainSnapshot snapshot;
    try {
      before = Optional.of(DomainStatus.of(domain));
      snapshot = target.acquire(domain);
    } catch (LibvirtException e) {
      throw RevertException.notStarted(request, before, e);
    }
    try {
      return new RevertRun(domain, snapshot, before.get(), request.with(snapshot.getName()))
          .revert();
    } finally {
      target.release(snapshot);
    }
  }

  private RevertReport revert() throws RevertException {
    Optional<DomainState> asked = stateAskedFor();
    String what = request.toString();
    LOG.log(Level.INFO, () -> "reverting " + what + ": it is " + before.stateAndReason());
    Duration elapsed = callLibvirt();
    Aftermath after = Aftermath.of(domain);
    RevertReport report = check(asked, after, elapsed);
    LOG.log(
        Level.INFO,
        () ->
            "reverted "
                + what
                + " in "
                + elapsed.toMillis()
                + " ms: it is "
                + report.after().stateAndReason()
                + managedSaveNote(report.after()));
    return report;
  }

  private static String managedSaveNote(DomainStatus after) {
    return after.managedSave()
        ? "; its managed save image is still there, and would be what the next start goes on from"
        : "";
  }

  private Optional<DomainState> stateAskedFor() throws RevertException {
    if (isAsked(RevertFlag.RUNNING)) {
      return Optional.of(DomainState.RUNNING);
    }
    if (isAsked(RevertFlag.PAUSED)) {
      return Optional.of(DomainState.PAUSED);
    }
    try {
      return SnapshotXml.stateToRevertTo(snapshot.getXMLDesc());
    } catch (LibvirtException e) {
      throw RevertException.notStarted(request, Optional.of(before), e);
    }
  }

  private boolean isAsked(RevertFlag flag) {
    return (request.flags() & flag.value()) != 0;
  }

  private Duration callLibvirt() throws RevertException {
    long start = System.nanoTime();
    try {
      domain.revertToSnapshot(snapshot, request.flags());
      return Duration.ofNanos(System.nanoTime() - start);
    } catch (LibvirtException e) {
      throw RevertException.failed(request, before, Aftermath.of(domain), e);
    }
  }

  private RevertReport check(Optional<DomainState> asked, Aftermath after, Duration elapsed)
      throws RevertException {
    DomainStatus left =
        after
            .status()
            .filter(status -> asked.isEmpty() || asked.get() == status.state())
            .orElse(null);
    if (left == null) {
      throw RevertException.notAsAsked(request, before, after, asked);
    }
    return new RevertReport(
        request.domain(), snapshot.getName(), request.flags(), before, left, elapsed);
  }
}
