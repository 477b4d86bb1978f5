package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.Exceptions;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.guest.ProbeResult;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.analysis.PartialRevert;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The message, the cause and the suppressed exceptions of each failed result. */
class RunResultTest {
  private static final String SAFETY =
      "before-revert-2026-01-02T03-04-05.678Z-0f8fad5b-d9cb-469f-a165-70867728950e";

  private static final RestoredPart CHANGED_BASE =
      new RestoredPart("disk vda", Certainty.CHANGED, "\"/images/golden.qcow2\" was modified");

  private static final String HEAD =
      "reverting domain \"web01\" to snapshot \"clean\" (flags = none) ";
  private static final String RESTORE_COMMAND =
      "restore the previous state with: virsh snapshot-revert --force uuid " + SAFETY;

  private final LibvirtException boom =
      Exceptions.of(
          LibvirtError.of(ErrorNumber.VIR_ERR_INTERNAL_ERROR, ErrorDomain.VIR_FROM_QEMU, "boom"));
  private final LibvirtException gone =
      Exceptions.of(
          LibvirtError.of(ErrorNumber.VIR_ERR_NO_DOMAIN, ErrorDomain.VIR_FROM_QEMU, "gone"));
  private final IllegalStateException later = new IllegalStateException("later");
  private final DomainObservation unreadable =
      new DomainObservation(Optional.empty(), Optional.of(later));
  private final DomainObservation stopped =
      DomainObservation.of(status(StateReason.SHUTOFF_FAILED));
  private RevertProgress progress =
      RevertProgress.of(
          new RevertRequest(
              "web01", "uuid", Optional.of("clean"), 0, Optional.of(DomainState.RUNNING)));

  RunResultTest() {
    progress = progress.withBefore(status(StateReason.RUNNING_BOOTED));
  }

  private static DomainStatus status(StateReason reason) {
    return new DomainStatus(
        StateAndReason.of(reason), OptionalInt.empty(), Optional.empty(), true, false);
  }

  private RevertException check(
      RunResult.Failure failure,
      RevertOutcome outcome,
      Throwable cause,
      List<Throwable> suppressed,
      String message) {
    RevertException exception = failure.exception(progress);
    assertEquals(HEAD + message, exception.getMessage());
    assertEquals(outcome, exception.outcome());
    assertSame(cause, exception.getCause());
    assertEquals(suppressed, List.of(exception.getSuppressed()));
    assertEquals(failure.after().status(), exception.details().after());
    return exception;
  }

  @Test
  void exceptionOfNotStarted() {
    RevertException exception =
        check(
            RunResult.NotStarted.because("why not", progress),
            RevertOutcome.NOT_STARTED,
            null,
            List.of(),
            "was not started: why not");
    assertEquals(exception.details().before(), exception.details().after());
    check(
        RunResult.NotStarted.because(boom, progress),
        RevertOutcome.NOT_STARTED,
        boom,
        List.of(),
        "was not started: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]");
    check(
        RunResult.NotStarted.because(gone, progress),
        RevertOutcome.NOT_STARTED,
        gone,
        List.of(),
        "was not started: gone [VIR_ERR_NO_DOMAIN 42, VIR_FROM_QEMU 10]");
    check(
        RunResult.NotStarted.because(later, RevertProgress.of(progress.request())),
        RevertOutcome.NOT_STARTED,
        later,
        List.of(),
        "was not started: java.lang.IllegalStateException: later");
  }

  @Test
  void messageAboutADomainThatStaysStartingUp_saysHowToUnlockIt() {
    check(
        new RunResult.Failed(
            boom, DomainObservation.of(status(StateReason.PAUSED_STARTING_UP)), false),
        RevertOutcome.FAILED,
        boom,
        List.of(),
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; the domain was running"
            + " (booted) and is now paused (starting up) (if this state stays, libvirtd was killed"
            + " while it started the domain; way out: stop libvirtd, delete the .xml file of the"
            + " domain in /run/libvirt/qemu, or for qemu:///session in"
            + " $XDG_RUNTIME_DIR/libvirt/qemu/run, and start libvirtd)");
  }

  @Test
  void exceptionOfNotStartedWithoutSafetySnapshot() {
    String message =
        "was not started: the safety snapshot could not be created: boom [VIR_ERR_INTERNAL_ERROR"
            + " 1, VIR_FROM_QEMU 10]; the domain was running (booted) and ";
    check(
        RunResult.NotStarted.withoutSafetySnapshot(
            boom, progress, DomainObservation.of(status(StateReason.RUNNING_BOOTED))),
        RevertOutcome.NOT_STARTED,
        boom,
        List.of(),
        message + "is now running (booted)");
    check(
        RunResult.NotStarted.withoutSafetySnapshot(boom, progress, unreadable),
        RevertOutcome.NOT_STARTED,
        boom,
        List.of(later),
        message
            + "is now in an unknown state: java.lang.IllegalStateException: later; if the guest"
            + " is paused, resume it: virsh resume uuid");
  }

  @Test
  void exceptionOfFailed() {
    String message =
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; the domain was running"
            + " (booted) and ";
    check(
        new RunResult.Failed(boom, stopped, false),
        RevertOutcome.FAILED,
        boom,
        List.of(),
        message + "is now shut off (failed)");
    check(
        new RunResult.Failed(
            boom, new DomainObservation(Optional.empty(), Optional.of(gone)), false),
        RevertOutcome.FAILED,
        boom,
        List.of(gone),
        message + "no longer exists");
    check(
        new RunResult.Failed(boom, unreadable, false),
        RevertOutcome.UNKNOWN,
        boom,
        List.of(later),
        message
            + "is now in an unknown state: java.lang.IllegalStateException: later; to resolve"
            + " the outcome: resolveOutcome(connect) on a new connection, or: virsh domstate"
            + " --reason uuid");
    assertEquals(NoSuchDomainException.class, gone.getClass());
  }

  /** Checks the message of a revert that failed after it has changed parts of the domain. */
  private void checkPartialRevert(PartialRevert partial, String words) {
    check(
        new RunResult.Failed(boom, stopped, false).leaving(partial),
        RevertOutcome.FAILED,
        boom,
        List.of(),
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; the domain was running"
            + " (booted) and is now shut off (failed)"
            + words);
  }

  @Test
  void exceptionOfFailedAfterPartialRevert() {
    String again =
        "; remove the cause of the failure, then revert again: revert(), or: virsh snapshot-revert"
            + " --force uuid clean";
    checkPartialRevert(
        exposing("/images/web01.qcow2"),
        "; the definition of the domain is now on \"/images/web01.qcow2\", an image that a"
            + " snapshot needs unchanged: do not start the domain"
            + again);
    checkPartialRevert(
        new PartialRevert(
            Optional.empty(),
            Optional.of("/images/web01.qcow2"),
            false,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of()),
        "; the guest is paused on \"/images/web01.qcow2\", an image that a snapshot needs unchanged:"
            + " do not resume the guest"
            + again);
    checkPartialRevert(
        ofDisks(List.of("vda", "vdb"), List.of(), List.of()),
        "; the image of vda, vdb has the content of the snapshot" + again);
    checkPartialRevert(
        ofDisks(List.of("vda"), List.of("vdb"), List.of("vdc")),
        "; the image of vda has the content of the snapshot, that of vdb does not, that of vdc could"
            + " not be read: do not start the domain"
            + again);
    checkPartialRevert(
        ofDisks(List.of(), List.of("vda"), List.of("vdb")),
        "; whether the image of vdb already has the content of the snapshot is unknown, because the"
            + " library could not read it"
            + again);
    checkPartialRevert(ofDisks(List.of(), List.of("vda"), List.of()), "");
    checkPartialRevert(
        new PartialRevert(
            Optional.empty(),
            Optional.empty(),
            false,
            List.of("vda"),
            List.of(),
            List.of(),
            List.of(),
            List.of(CHANGED_BASE)),
        "; the image of vda has the content of the snapshot; content that may differ from the"
            + " snapshot: disk vda: changed: \"/images/golden.qcow2\" was modified"
            + again);
    checkPartialRevert(
        new PartialRevert(
            Optional.empty(),
            Optional.empty(),
            true,
            List.of(),
            List.of("vda"),
            List.of(),
            List.of(),
            List.of()),
        "; libvirt has replaced the definition of the domain by the snapshot's, but stored only the"
            + " earlier one; to restore that: domainDefineXML(...) with the content of the stored"
            + " file, or on the host: virsh define /etc/libvirt/qemu/web01.xml (for"
            + " qemu:///session: virsh define ~/.config/libvirt/qemu/web01.xml)");
  }

  @Test
  void exceptionOfFailedStartOnNewOverlays_saysHowToStoreDefinition() {
    PartialRevert partial =
        new PartialRevert(
            Optional.empty(),
            Optional.empty(),
            true,
            List.of(),
            List.of(),
            List.of(),
            List.of("vda", "vdb"),
            List.of());
    checkPartialRevert(
        partial,
        "; the definition of the domain is now the snapshot's, with vda, vdb on overlays of the"
            + " snapshot's images, but libvirt has not stored this definition, and can have deleted"
            + " the images in the stored one; to store this definition:"
            + " domainDefineXML(getXMLDesc(DomainXmlFlag.INACTIVE, DomainXmlFlag.SECURE)), or:"
            + " virsh dumpxml --inactive --security-info uuid > FILE; virsh define FILE; remove the"
            + " cause of the failure, then revert again: revert(), or: virsh snapshot-revert --force"
            + " uuid clean");
  }

  /** A refused revert leaves the domain on the overlays of an earlier revert. */
  @Test
  void exceptionOfFailedWithoutStart_doesNotMentionOverlays() {
    DomainObservation destroyed = DomainObservation.of(status(StateReason.SHUTOFF_DESTROYED));
    PartialRevert partial =
        new PartialRevert(
            Optional.empty(),
            Optional.empty(),
            false,
            List.of(),
            List.of(),
            List.of(),
            List.of("vda"),
            List.of());
    String message = new RunResult.Failed(boom, destroyed, false).leaving(partial).words(progress);
    assertTrue(message.endsWith("and is now shut off (destroyed)"), message);
  }

  /** A disk that was not written to since the snapshot has its content also without a revert. */
  @Test
  void exceptionOfRefusalDoesNotMentionDisks() {
    LibvirtException refused =
        Exceptions.of(
            LibvirtError.of(
                ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, ErrorDomain.VIR_FROM_QEMU, "risky"));
    String message =
        new RunResult.Failed(refused, stopped, false)
            .leaving(ofDisks(List.of("vda"), List.of("vdb"), List.of()))
            .words(progress);
    assertTrue(message.endsWith("and is now shut off (failed)"), message);
  }

  private static PartialRevert exposing(String image) {
    return new PartialRevert(
        Optional.of(image),
        Optional.empty(),
        false,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static PartialRevert ofDisks(
      List<String> reverted, List<String> other, List<String> unread) {
    return new PartialRevert(
        Optional.empty(), Optional.empty(), false, reverted, other, unread, List.of(), List.of());
  }

  @Test
  void exceptionOfFailedWithoutLibvirtError() {
    progress = progress.withSafetySnapshot(SAFETY);
    check(
        new RunResult.Failed(later, stopped, false),
        RevertOutcome.UNKNOWN,
        later,
        List.of(),
        "failed: java.lang.IllegalStateException: later; the domain was running (booted) and is"
            + " now shut off (failed); to resolve the outcome: resolveOutcome(connect) on a new"
            + " connection, or: virsh domstate --reason uuid; "
            + RESTORE_COMMAND);
  }

  @Test
  void exceptionOfFailedAfterInterruptedRetry() {
    progress =
        progress.with(new RevertAttempt(1, Optional.of(boom.getError()), Duration.ofSeconds(1)));
    progress =
        progress.with(new RevertAttempt(2, Optional.of(boom.getError()), Duration.ofSeconds(1)));
    check(
        new RunResult.Failed(boom, stopped, true),
        RevertOutcome.FAILED,
        boom,
        List.of(),
        "failed 2 times: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; the thread was"
            + " interrupted while it waited for the next attempt; the domain was running"
            + " (booted) and is now shut off (failed)");
  }

  @Test
  void exceptionOfWrongState() {
    String message = "left another state: libvirt reported success, but the domain ";
    check(
        new RunResult.WrongState(stopped, Optional.empty()),
        RevertOutcome.WRONG_STATE,
        null,
        List.of(),
        message + "is now shut off (failed) instead of running; before, it was running (booted)");
    check(
        new RunResult.WrongState(unreadable, Optional.of(boom)),
        RevertOutcome.UNKNOWN,
        null,
        List.of(boom, later),
        message.replace("another", "an unknown")
            + "is now in an unknown state: java.lang.IllegalStateException: later; requested:"
            + " running; the correction failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU"
            + " 10]; before, it was running (booted); to resolve the outcome:"
            + " resolveOutcome(connect) on a new connection, or: virsh domstate --reason uuid");
    progress = progress.withRequest(progress.request().withTargetState(Optional.empty()));
    check(
        new RunResult.WrongState(stopped, Optional.empty()),
        RevertOutcome.WRONG_STATE,
        null,
        List.of(),
        message
            + "is now shut off (failed) instead of as in the snapshot; before, it was running"
            + " (booted)");
  }

  @Test
  void exceptionOfRolledBack() {
    RunResult.Failure failure =
        new RunResult.Failed(
            boom, new DomainObservation(Optional.empty(), Optional.of(gone)), false);
    check(
        new RunResult.RolledBack(failure, status(StateReason.RUNNING_FROM_SNAPSHOT)),
        RevertOutcome.ROLLED_BACK,
        boom,
        List.of(gone),
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; the domain was running"
            + " (booted) and no longer exists; rolled back: the domain is running (from"
            + " snapshot) again");
  }

  @Test
  void exceptionOfChangedAfterRollback() {
    RunResult.Failure failure = new RunResult.Failed(boom, stopped, false);
    String message =
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; the domain was running"
            + " (booted) and is now shut off (failed); after the rollback, the domain was"
            + " running (from snapshot) again, but ";
    DomainStatus rolledBack = status(StateReason.RUNNING_FROM_SNAPSHOT);
    check(
        new RunResult.ChangedAfterRollback(
            failure, rolledBack, new DomainObservation(Optional.empty(), Optional.of(gone))),
        RevertOutcome.ROLLBACK_FAILED,
        boom,
        List.of(gone),
        message + "no longer exists");
    check(
        new RunResult.ChangedAfterRollback(failure, rolledBack, stopped),
        RevertOutcome.ROLLBACK_FAILED,
        boom,
        List.of(),
        message + "is now shut off (failed)");
  }

  @Test
  void exceptionOfRollbackFailed() {
    progress = progress.withSafetySnapshot(SAFETY);
    RunResult.Failure failure = new RunResult.Failed(boom, stopped, false);
    String message =
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; the domain was running"
            + " (booted) and is now shut off (failed); the rollback to safety snapshot \""
            + SAFETY
            + "\" failed: ";
    check(
        new RunResult.RollbackFailed(
            failure,
            unreadable,
            Optional.of(gone),
            PartialRevert.NONE,
            Optional.empty(),
            Optional.empty()),
        RevertOutcome.ROLLBACK_FAILED,
        boom,
        List.of(gone, later),
        message
            + "gone [VIR_ERR_NO_DOMAIN 42, VIR_FROM_QEMU 10]; the domain is now in an unknown"
            + " state: java.lang.IllegalStateException: later; remove the cause, then "
            + RESTORE_COMMAND);
    check(
        new RunResult.RollbackFailed(
            new RunResult.WrongState(unreadable, Optional.empty()),
            stopped,
            Optional.empty(),
            PartialRevert.NONE,
            Optional.of(
                Refusal.untouched(
                    ErrorNumber.VIR_ERR_INTERNAL_ERROR, "the image has a bitmap", "remove it")),
            Optional.empty()),
        RevertOutcome.ROLLBACK_FAILED,
        null,
        List.of(later),
        "left an unknown state: libvirt reported success, but the domain is now in an unknown"
            + " state: java.lang.IllegalStateException: later; requested: running; before, it"
            + " was running (booted); to resolve the outcome: resolveOutcome(connect) on a new"
            + " connection, or: virsh domstate --reason uuid; "
            + RESTORE_COMMAND
            + "; the rollback to safety snapshot \""
            + SAFETY
            + "\" failed: libvirt reported success; the domain is now shut off (failed); the image"
            + " has a bitmap: remove it; then "
            + RESTORE_COMMAND);
  }

  private String messageOfRollbackFailed(PartialRevert partial) {
    progress = progress.withSafetySnapshot(SAFETY);
    RunResult.Failure failure = new RunResult.Failed(boom, stopped, false);
    return new RunResult.RollbackFailed(
            failure, stopped, Optional.of(boom), partial, Optional.empty(), Optional.empty())
        .words(progress);
  }

  @Test
  void exceptionOfRollbackFailed_saysWhyNotToStartTheDomain() {
    String exposing = messageOfRollbackFailed(exposing("/images/web01.qcow2"));
    assertTrue(
        exposing.endsWith(
            "; the domain is now shut off (failed); the definition of the domain is now on"
                + " \"/images/web01.qcow2\", an image that a snapshot needs unchanged: do not start"
                + " the domain; remove the cause, then "
                + RESTORE_COMMAND),
        exposing);
    String mixed = messageOfRollbackFailed(ofDisks(List.of("vda"), List.of("vdb"), List.of()));
    assertTrue(
        mixed.endsWith(
            "; the image of vda has the content of the safety snapshot, that of vdb does not: do not"
                + " start the domain; remove the cause, then "
                + RESTORE_COMMAND),
        mixed);
  }

  private String messageOfTransientDomainThatIsGone(Optional<Path> files) {
    progress = progress.withSafetySnapshot(SAFETY);
    return new RunResult.RollbackFailed(
            new RunResult.Failed(boom, stopped, false),
            new DomainObservation(Optional.empty(), Optional.of(gone)),
            Optional.of(boom),
            PartialRevert.NONE,
            Optional.empty(),
            files)
        .words(progress);
  }

  @Test
  void exceptionOfRollbackFailed_domainIsGone_namesFilesOfDefinition() {
    String message = messageOfTransientDomainThatIsGone(Optional.of(Path.of("/tmp/my files")));
    assertTrue(
        message.endsWith(
            "remove the cause, then create the domain again from the files that this program wrote, which"
                + " only its user can read: cd '/tmp/my files'; virsh create --paused domain.xml;"
                + " for file in snapshot-*.xml; do virsh snapshot-create --redefine uuid $file;"
                + " done; then "
                + RESTORE_COMMAND),
        message);
  }

  @Test
  void exceptionOfRollbackFailed_domainIsGoneWithoutFiles_saysThatMemoryIsLost() {
    String message = messageOfTransientDomainThatIsGone(Optional.empty());
    assertTrue(message.contains("qemu-img snapshot -a " + SAFETY + " IMAGE"), message);
    assertTrue(message.endsWith("the memory of the guest is lost"), message);
  }

  @Test
  void exceptionOfInProgress() {
    progress = progress.withBegun(Optional.of(Instant.EPOCH));
    check(
        new RunResult.InProgress("the deadline of 2 s passed", Optional.empty()),
        RevertOutcome.IN_PROGRESS,
        null,
        List.of(),
        "is still in progress on the host since 1970-01-01T00:00:00Z: the deadline of 2 s"
            + " passed; the domain was running (booted); the result will be logged; to resolve the"
            + " outcome: resolveOutcome(connect) on a new connection, or: virsh domstate --reason"
            + " uuid");
    check(
        new RunResult.InProgress(
            "the deadline of 2 s passed", Optional.of(status(StateReason.RUNNING_FROM_SNAPSHOT))),
        RevertOutcome.IN_PROGRESS,
        null,
        List.of(),
        "was done, but the guest has not responded yet: the deadline of 2 s passed; the domain"
            + " was running (booted) and is now running (from snapshot)");
    progress = progress.withGuest(GuestStatus.responded(Duration.ofMillis(200), false));
    check(
        new RunResult.InProgress(
            "the deadline of 2 s passed", Optional.of(status(StateReason.RUNNING_FROM_SNAPSHOT))),
        RevertOutcome.IN_PROGRESS,
        null,
        List.of(),
        "was done, but the clock of the guest is not set yet: the deadline of 2 s passed; the"
            + " domain was running (booted) and is now running (from snapshot)");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void exceptionOfInProgress_namesSafetySnapshot(boolean isDone) {
    progress = progress.withBegun(Optional.of(Instant.EPOCH)).withSafetySnapshot(SAFETY);

    String message =
        new RunResult.InProgress(
                "the deadline of 2 s passed",
                Optional.of(status(StateReason.RUNNING_FROM_SNAPSHOT)).filter(done -> isDone))
            .words(progress);

    assertTrue(
        message.endsWith("; safety snapshot \"" + SAFETY + "\" has the state before the revert"),
        message);
  }

  @Test
  void exceptionOfGuestSilent() {
    GuestStatus silent =
        GuestStatus.silent(Duration.ofMillis(29_040))
            .withProbes(
                List.of(
                    new ProbeResult(
                        "guest agent",
                        ProbeResult.Outcome.NOT_READY,
                        Duration.ofMillis(29_040),
                        Optional.of("why"))));
    progress = progress.withGuest(silent);
    DomainObservation running = DomainObservation.of(status(StateReason.RUNNING_FROM_SNAPSHOT));
    String message =
        "was done, but its guest did not respond within 29.0 s: probe \"guest agent\" was not ready"
            + " within 29.0 s: why; the domain was running (booted) and is now running (from snapshot)";
    RevertException exception =
        check(
            new RunResult.GuestSilent(boom, running),
            RevertOutcome.GUEST_SILENT,
            boom,
            List.of(),
            message);
    assertEquals(Optional.of(silent), exception.details().guest());

    progress = progress.withSafetySnapshot(SAFETY);
    check(
        new RunResult.GuestSilent(boom, running),
        RevertOutcome.GUEST_SILENT,
        boom,
        List.of(),
        message + "; safety snapshot \"" + SAFETY + "\" has the state before the revert");
  }

  @Test
  void exceptionOfClockNotSet() {
    progress = progress.withGuest(GuestStatus.responded(Duration.ofMillis(200), false));
    DomainObservation running = DomainObservation.of(status(StateReason.RUNNING_FROM_SNAPSHOT));
    String state = "; the domain was running (booted) and is now running (from snapshot)";
    check(
        new RunResult.ClockNotSet(boom, running),
        RevertOutcome.CLOCK_NOT_SET,
        boom,
        List.of(),
        "was done and its guest responded after 0.2 s, but its clock could not be set: boom"
            + " [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]"
            + state);

    progress = progress.withGuest(GuestStatus.responded(Duration.ofMillis(200), true));
    check(
        new RunResult.ClockNotSet(boom, running),
        RevertOutcome.CLOCK_NOT_SET,
        boom,
        List.of(),
        "was done and its guest responded after 0.2 s, its file systems are frozen, but its"
            + " clock could not be set: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; way"
            + " out: thaw its file systems and set its clock with GuestAgent.of(domain).thaw()"
            + " and setClock(), or: virsh domfsthaw uuid and virsh domtime --sync uuid"
            + state);
  }

  @Test
  void exceptionNamesSafetySnapshotThatMayStillExist() {
    progress = progress.withSafetySnapshot(SAFETY);
    progress = progress.withSafetySnapshotDeleted(SAFETY, Optional.of(later));
    RevertException exception =
        check(
            RunResult.NotStarted.because("why not", progress),
            RevertOutcome.NOT_STARTED,
            null,
            List.of(later),
            "was not started: why not; safety snapshot \""
                + SAFETY
                + "\" may still exist: java.lang.IllegalStateException: later");
    assertEquals(Optional.of(SAFETY), exception.details().safetySnapshot());
  }

  @Test
  void revertedHasOutcomeAndStatus() {
    RunResult result = new RunResult.Reverted(status(StateReason.RUNNING_FROM_SNAPSHOT));
    assertEquals(RevertOutcome.REVERTED, result.outcome());
    assertEquals("is now running (from snapshot)", result.after().toString());
    assertEquals(
        "is now in an unknown state: libvirt was not called", DomainObservation.none().toString());
  }

  /** The library itself makes an error without a number, for example if there is no snapshot. */
  @Test
  void errorWithoutNumber_isFormattedWithoutNumbers() {
    assertEquals(
        "boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]", ErrorFormatter.of(boom.getError()));
    assertEquals(
        "domain \"web01\" has no current snapshot",
        ErrorFormatter.of(LibvirtError.none("domain \"web01\" has no current snapshot")));
  }
}
