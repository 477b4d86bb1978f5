package io.github.libvirtsnapshot.fleet;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.AbandonableRevert;
import java.util.Optional;

/**
 * Reverts each domain to its safety snapshot, and deletes the safety snapshot.
 *
 * @param reverted the domains to undo, by host and domain
 */
record UndoWork(ImmutableTable<String, String, FleetEntry> reverted)
    implements DomainWork<UndoWork.Undone> {
  /**
   * The result of an undo.
   *
   * @param after the domain after the undo
   * @param obstacle why the safety snapshot could not be deleted, if so
   */
  record Undone(DomainStatus after, Optional<Throwable> obstacle) {}

  @Override
  public Job<Undone> prepare(String uri, String name, SnapshotReverter reverter)
      throws LibvirtException {
    DomainStatus now = DomainStatus.of(reverter.domain());
    FleetEntry entry = requireNonNull(reverted.get(uri, name));
    if (entry.isChangedSince(now)) {
      throw new ChangedSinceException(
          now, isGone(reverter.domain(), entry.safetySnapshot().orElseThrow()));
    }
    return new UndoJob(reverter, new RevertJob(AbandonableRevert.of(reverter)));
  }

  private static boolean isGone(Domain domain, String snapshot) {
    return Tried.failure(() -> domain.snapshotLookupByName(snapshot).close())
        .filter(NoSuchSnapshotException.class::isInstance)
        .isPresent();
  }

  @Override
  public Optional<Undone> resolved(RevertIntent intent, ResolvedOutcome outcome, Connect connect) {
    return outcome.verdict() == Verdict.REVERTED
        ? Optional.of(
            new Undone(
                outcome.now().orElseThrow(),
                Tried.failure(
                    () ->
                        safetySnapshot(intent.request(), intent.before())
                            .deleteSafetySnapshot(connect))))
        : Optional.empty();
  }

  /** The safety snapshot is the snapshot to which the undo reverts. */
  private static RevertIntent safetySnapshot(RevertRequest request, DomainStatus before) {
    return new RevertIntent(request, before, request.snapshot());
  }

  /**
   * An undo is a revert that leaves the guest alone, and whose snapshot is of no use afterwards.
   */
  record UndoJob(SnapshotReverter reverter, RevertJob revert) implements Job<Undone> {
    @Override
    public Undone run(StageBarrier barrier) throws LibvirtException {
      RevertReport report = revert.run(StageBarrier.OF_UNDO);
      return new Undone(report.after(), Tried.failure(() -> deleteSnapshot(report)));
    }

    private void deleteSnapshot(RevertReport report) throws LibvirtException {
      try (Connect connect = reverter.domain().getConnect()) {
        safetySnapshot(report.request(), report.before()).deleteSafetySnapshot(connect);
      }
    }

    @Override
    public LibvirtException giveUp(AbandonReason why) {
      return revert.giveUp(why);
    }

    @Override
    public Optional<LibvirtException> stop(AbandonReason why) {
      return revert.stop(why);
    }
  }
}
