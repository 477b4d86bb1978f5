package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The third stage of a run: libvirt was called to revert, and the status of the domain was read.
 *
 * @param failure the failure of the last attempt, if it failed
 * @param after the domain after the last attempt
 */
record Attempted(Prepared prepared, Optional<RunResult.Failed> failure, DomainObservation after) {
  /** Calls libvirt, and repeats the call as the settings say. */
  static Stage<Attempted> of(RunContext run, Prepared prepared) {
    if (run.gate().isOpen()) {
      run.reporter().reverting(prepared.target().request(), prepared.target().before());
    }
    run.update(progress -> progress.withBegun(Optional.of(Instant.now())));
    if (!run.gate().pass()) {
      run.update(progress -> progress.withBegun(Optional.empty()));
      prepared.discardSafetySnapshot(run);
      return Stage.ended(RunResult.NotStarted.cancelled(run.progress()));
    }
    return Stage.of(attempts(run, prepared));
  }

  private static Attempted attempts(RunContext run, Prepared prepared) {
    RetryPolicy retries = run.settings().retries();
    while (true) {
      Optional<Throwable> failure = attempt(run, prepared);
      DomainObservation after = run.observe();
      if (failure.isEmpty()) {
        return new Attempted(prepared, Optional.empty(), after);
      }
      List<RevertAttempt> made = run.progress().attempts();
      if (after.status().isEmpty() || !retries.allows(failure.get(), made.size())) {
        return failed(run, prepared, new RunResult.Failed(failure.get(), after, false));
      }
      run.reporter().retrying(run.request(), made.get(made.size() - 1));
      if (!retries.waits()) {
        return failed(run, prepared, new RunResult.Failed(failure.get(), after, true));
      }
    }
  }

  /** libvirt is called again only for an external snapshot, so the domain is observed again too. */
  private static Attempted failed(RunContext run, Prepared prepared, RunResult.Failed failure) {
    Optional<SnapshotDescription> external =
        run.snapshots()
            .known(prepared.target().request().snapshot().orElseThrow())
            .filter(SnapshotDescription::isExternal);
    if (external.isEmpty()) {
      return new Attempted(prepared, Optional.of(failure), failure.after());
    }
    Optional<String> exposed =
        Tried.of(() -> exposedImage(run, external.get())).value().flatMap(image -> image);
    RunResult.Failed last = failure.exposing(exposed).observedAgain(run.observe());
    return new Attempted(prepared, Optional.of(last), last.after());
  }

  /**
   * A revert to an external snapshot replaces the definition of the domain before it creates the
   * new overlays: if it fails in between, the disks are in the images of the snapshot.
   */
  private static Optional<String> exposedImage(RunContext run, SnapshotDescription snapshot)
      throws LibvirtException {
    XmlNode definition = XmlNode.parse(run.domain().getXMLDesc(DomainXmlFlag.INACTIVE));
    return Disk.of(definition).stream()
        .filter(Disk::isWritable)
        .map(Disk::image)
        .filter(
            image ->
                snapshot.disks().stream()
                    .anyMatch(then -> snapshot.isExternal(then) && then.writesTo(image)))
        .findFirst();
  }

  /** Calls libvirt once, and returns the exception, if there was one. */
  private static Optional<Throwable> attempt(RunContext run, Prepared prepared) {
    long start = System.nanoTime();
    Optional<Throwable> failure =
        Tried.failure(
            () ->
                run.domain()
                    .revertToSnapshot(prepared.target().snapshot(), run.settings().flags()));
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    int number = run.progress().attempts().size() + 1;
    run.update(
        progress ->
            progress.with(new RevertAttempt(number, failure.map(Attempted::error), elapsed)));
    return failure;
  }

  private static LibvirtError error(Throwable failure) {
    return failure instanceof LibvirtException e
        ? e.getError()
        : LibvirtError.none(failure.toString());
  }
}
