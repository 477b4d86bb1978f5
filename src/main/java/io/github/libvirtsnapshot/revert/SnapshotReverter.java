package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Reverts a domain to a snapshot, checks whether libvirt did what was requested, and reports it.
 *
 * <pre>{@code
 * RevertReport report =
 *     SnapshotReverter.of(domain).to("clean-install").running().force().revert();
 * }</pre>
 *
 * <p>Defaults:
 *
 * <ul>
 *   <li>which snapshot: none, it has to be named
 *   <li>the state afterwards: the one that the snapshot was taken in
 *   <li>what libvirt considers risky: refused
 *   <li>the NVRAM: left as it is
 *   <li>what is known to fail: begun nevertheless; {@link #guarded} prevents that
 *   <li>what the domain is now: lost; {@link #withSafetySnapshot} keeps it
 *   <li>another state than requested: a failure; {@link #enforcingState} corrects it
 *   <li>its guest: not waited for; {@link #awaitingGuest} does that, and {@link #settingClock} sets
 *       its clock
 *   <li>how often it is tried: once; {@link #retrying} tries again
 *   <li>where this process dies: nobody knows what was done; {@link #withJournal} prevents that
 * </ul>
 *
 * <p>A reverter is an immutable value: each method returns a new one, so that one may be kept,
 * shared between threads and run again and again. It does not close the {@link Domain} that it was
 * made with; a run has a handle of its own, so that closing the domain does not disturb it.
 *
 * <p>A run logs under the name of this class: INFO before the revert and after it, WARNING if it
 * failed. Control characters in names are escaped. What a listener or a log handler throws changes
 * nothing about the revert and its report.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainRevertToSnapshot">virDomainRevertToSnapshot</a>
 */
public final class SnapshotReverter {
  private final RevertSettings settings;

  private SnapshotReverter(RevertSettings settings) {
    this.settings = settings;
  }

  /** Creates a reverter for the domain. */
  public static SnapshotReverter of(Domain domain) {
    return new SnapshotReverter(RevertSettings.of(checkNotNull(domain, "domain is null")));
  }

  /** Reverts to the snapshot that has this name when {@link #revert} runs. */
  public SnapshotReverter to(String snapshotName) {
    return to(SnapshotTarget.named(checkNotNull(snapshotName, "snapshotName is null")));
  }

  /**
   * Reverts to the snapshot that has the name of this one when {@link #revert} runs. The handle is
   * not needed any more afterwards.
   *
   * @throws IllegalArgumentException if it is another domain's, or was found on another connection
   * @throws IllegalStateException if it is closed
   */
  public SnapshotReverter to(DomainSnapshot snapshot) {
    settings.domain().checkOwn(checkNotNull(snapshot, "snapshot is null"));
    return to(SnapshotTarget.named(snapshot.getName()));
  }

  /** Reverts to the snapshot that is the current one when {@link #revert} runs. */
  public SnapshotReverter toCurrent() {
    return to(SnapshotTarget.CURRENT);
  }

  /**
   * Leaves the domain running, whatever state the snapshot was taken in.
   *
   * @throws IllegalStateException after {@link #paused}
   */
  public SnapshotReverter running() {
    return withEither(RevertFlag.RUNNING, RevertFlag.PAUSED);
  }

  /**
   * Leaves the domain paused, whatever state the snapshot was taken in.
   *
   * @throws IllegalStateException after {@link #running}
   */
  public SnapshotReverter paused() {
    return withEither(RevertFlag.PAUSED, RevertFlag.RUNNING);
  }

  /**
   * Reverts also where libvirt refuses with {@code VIR_ERR_SNAPSHOT_REVERT_RISKY}; its message says
   * what the risk is. A managed save image stays even then, and the next start would resume it on
   * top of the reverted disks: remove it with {@link Domain#managedSaveRemove}.
   */
  public SnapshotReverter force() {
    return flags(RevertFlag.FORCE);
  }

  /** Initialises the NVRAM from its template again; needs libvirt 8.1.0 on the host. */
  public SnapshotReverter resetNvram() {
    return flags(RevertFlag.RESET_NVRAM);
  }

  /** Adds flags; libvirt itself refuses those that exclude each other. */
  public SnapshotReverter flags(RevertFlag... more) {
    return flags(RevertFlag.bits(more));
  }

  /** Adds flags as libvirt numbers them; libvirt itself refuses those that it does not know. */
  public SnapshotReverter flags(int more) {
    return new SnapshotReverter(settings.withFlags(settings.flags() | more));
  }

  /**
   * Plans first, and does not ask libvirt for what it would refuse, what would fail after the guest
   * was stopped, what would leave another state than requested, or for a snapshot that is known to
   * be no longer what it was. It knows what the {@link #plan} knows. A second revert to an external
   * snapshot within a second, which would fail, waits until the second is over.
   */
  public SnapshotReverter guarded() {
    return new SnapshotReverter(settings.with(Option.GUARDED));
  }

  /**
   * Takes a snapshot of the present first, with the guest's memory if it is active, under a name
   * that begins with {@code before-revert-} and is never used twice. If the revert fails, the
   * domain is taken back to it, and it is deleted; if the revert succeeds, it is kept, and {@link
   * #undo} goes back to it. A safety snapshot for what is known to fail is of no use, so this plans
   * first as {@link #guarded} does.
   *
   * <p>It is an internal snapshot, or an external one where the host's libvirt can go back to those
   * and an internal one is not possible. A domain that none can be taken of, or that none would
   * take back to the last bit, is not touched: that is {@link RevertOutcome#NOT_STARTED}, and the
   * message says why.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotCreateXML">virDomainSnapshotCreateXML</a>
   */
  public SnapshotReverter withSafetySnapshot() {
    return new SnapshotReverter(settings.with(Option.SAFETY_SNAPSHOT));
  }

  /**
   * Where libvirt reports success but leaves another state than requested, brings the domain there:
   * starts it, starts it paused, resumes or suspends it; {@link RevertReport#corrections} lists
   * what was done. A domain with a managed save image is not started, as that would go on from the
   * image, and none is stopped.
   */
  public SnapshotReverter enforcingState() {
    return new SnapshotReverter(settings.with(Option.ENFORCING_STATE));
  }

  /**
   * Tries again after the two failures that are known to pass and to be harmless: the domain was
   * busy with something else for libvirt's 30 seconds ({@code VIR_ERR_OPERATION_TIMEOUT}), and an
   * external snapshot was reverted to twice in one second, which gives both overlays one name. Any
   * other failure, and one whose outcome is not known, is final.
   *
   * @param attempts how often to try at most, 1 or more
   * @param delay how long to wait in between, from zero to 2^63 - 1 nanoseconds (292 years); an
   *     interrupt ends the waiting and the revert, and the thread stays interrupted
   * @throws IllegalArgumentException if one of them is out of its range
   */
  public SnapshotReverter retrying(int attempts, Duration delay) {
    RetryPolicy policy = new RetryPolicy(attempts, checkNotNull(delay, "delay is null"));
    return new SnapshotReverter(settings.retrying(policy));
  }

  /**
   * Waits, once the domain is reverted, until the agent in its guest answers; {@link
   * RevertReport#guest} says after how long. A guest that does not is {@link
   * RevertOutcome#GUEST_SILENT}: the revert is done then, and stays.
   *
   * <p>Where the domain of the snapshot has no channel for an agent, or would not be running
   * afterwards, that is known before anything is touched: {@link RevertOutcome#NOT_STARTED}. {@link
   * #undo} waits only where it leads back to a running domain with such a channel.
   *
   * @param atMost how long, from 1 second to 2^31 - 1 seconds; an interrupt ends the waiting, and
   *     the thread stays interrupted
   * @throws IllegalArgumentException if it is out of its range
   * @see GuestAgent#await
   */
  public SnapshotReverter awaitingGuest(Duration atMost) {
    GuestAgent unused =
        GuestAgent.of(settings.domain()).answeringWithin(checkNotNull(atMost, "atMost is null"));
    return new SnapshotReverter(settings.awaitingGuest(atMost));
  }

  /**
   * Sets the clock of the guest once its agent answers: a guest that goes back to a running
   * snapshot has the time of that snapshot. {@link RevertReport#guest} says how far off it was, and
   * still is. Where it can't be set, that is {@link RevertOutcome#CLOCK_NOT_SET}. Needs {@link
   * #awaitingGuest}.
   *
   * @see GuestAgent#setClock
   */
  public SnapshotReverter settingClock() {
    return new SnapshotReverter(settings.with(Option.SETTING_CLOCK));
  }

  /**
   * Writes down what is about to be done, once in each run and before anything is touched, so that
   * another process can find out what became of it should this one die. If that fails, the revert
   * is not begun: {@link RevertOutcome#NOT_STARTED}.
   *
   * <p>The process that takes it up asks {@link RevertIntent#awaitOutcome}, and reverts again where
   * nothing was done.
   */
  public SnapshotReverter withJournal(RevertJournal journal) {
    checkNotNull(journal, "journal is null");
    return new SnapshotReverter(settings.withJournal(journal));
  }

  /** Calls this listener at each moment of each run, instead of the one before. */
  public SnapshotReverter listener(RevertListener listener) {
    checkNotNull(listener, "listener is null");
    return new SnapshotReverter(settings.listener(listener));
  }

  /**
   * Finds out what {@link #revert} would do now, and touches nothing.
   *
   * @throws RevertException with {@link RevertOutcome#NOT_STARTED} if the domain or the snapshot
   *     can't be found or read
   * @throws IllegalStateException if no snapshot was named, or the domain is closed
   */
  public RevertPlan plan() throws RevertException {
    checkComplete();
    try (RevertRun run = RevertRun.of(guarded().settings, RevertGate.OPEN)) {
      return run.plan();
    }
  }

  /**
   * Reverts the domain: what it became since the snapshot is lost. Nothing asks for confirmation.
   *
   * @return what was done, after libvirt reported success and the domain's state was checked
   * @throws RevertException if it was not done, or not as requested, or that is not known; {@link
   *     RevertException#outcome} says which
   * @throws IllegalStateException if no snapshot was named, the domain is closed, or the settings
   *     exclude each other; libvirt was not asked for anything then
   */
  public RevertReport revert() throws RevertException {
    checkComplete();
    try (RevertRun run = RevertRun.of(settings, RevertGate.OPEN)) {
      return run.run();
    }
  }

  /**
   * Undoes a revert: takes the domain back to the safety snapshot of that revert. What the domain
   * became since the revert is lost. All other settings of this reverter apply, except for the
   * snapshot and the target state; libvirt is asked with FORCE, and twice if {@link #retrying} says
   * nothing else. Where the disks, the memory, the configuration or the NVRAM would not be for
   * certain what they were, this is {@link RevertOutcome#NOT_STARTED}.
   *
   * <p>An internal safety snapshot is kept. An external one is merged and so deleted, so that each
   * disk is in the image again that it was in; if that fails, the log and {@link
   * RevertReport#safetySnapshot} say so.
   *
   * @param report a revert of the same domain, also on another connection
   * @throws RevertException as {@link #revert} does
   * @throws IllegalStateException if there is no safety snapshot, or the domain is closed
   * @throws IllegalArgumentException if it is the report about another domain
   */
  public RevertReport undo(RevertReport report) throws RevertException {
    return undoing(report).revert();
  }

  /**
   * Returns a reverter whose {@link #revert} is the {@link #undo(RevertReport)} of this one, and
   * which can also {@link #plan} it, and do it {@linkplain #revertAsync(Executor) on another
   * thread}.
   *
   * @param report a revert of the same domain, also on another connection
   * @throws IllegalStateException if there is no safety snapshot, or the domain is closed
   * @throws IllegalArgumentException if it is the report about another domain
   */
  public SnapshotReverter undoing(RevertReport report) {
    checkHasSafetySnapshot(report);
    return goingBackTo(report.safetySnapshot().orElseThrow());
  }

  /**
   * Undoes a revert as {@link #undo(RevertReport)} does, for a program that has kept nothing but
   * the {@linkplain RevertReport#safetySnapshot name} of its safety snapshot.
   *
   * @param safetySnapshot the name of a safety snapshot of this domain
   * @throws RevertException as {@link #revert} does
   * @throws IllegalStateException if the domain is closed
   * @throws IllegalArgumentException if no safety snapshot has such a name
   */
  public RevertReport undo(String safetySnapshot) throws RevertException {
    return undoing(safetySnapshot).revert();
  }

  /**
   * Returns a reverter whose {@link #revert} is the {@link #undo(String)} of this one, and which
   * can also {@link #plan} it, and do it {@linkplain #revertAsync(Executor) on another thread}.
   *
   * @param safetySnapshot the name of a safety snapshot of this domain
   * @throws IllegalArgumentException if no safety snapshot has such a name
   */
  public SnapshotReverter undoing(String safetySnapshot) {
    return goingBackTo(SafetySnapshot.checkName(safetySnapshot));
  }

  private SnapshotReverter goingBackTo(String safetySnapshot) {
    RevertSettings undoing =
        settings
            .to(SnapshotTarget.named(safetySnapshot))
            .withFlags(RevertFlag.FORCE.value())
            .with(Option.UNDOING);
    return new SnapshotReverter(
        settings.retries().equals(RetryPolicy.NEVER)
            ? undoing.retrying(RetryPolicy.ONCE_MORE)
            : undoing);
  }

  /**
   * Deletes the safety snapshot of a revert that is not to be undone any more, unless libvirtd
   * could die of that. Where there is none any more, this does nothing.
   *
   * @param report a revert of the same domain, also on another connection
   * @throws LibvirtException if it may still be there
   * @throws IllegalStateException if the revert has no safety snapshot, or the domain is closed
   * @throws IllegalArgumentException if it is the report about another domain
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotDelete">virDomainSnapshotDelete</a>
   */
  public void deleteSafetySnapshot(RevertReport report) throws LibvirtException {
    checkHasSafetySnapshot(report);
    try {
      SafetySnapshot.delete(settings.domain(), report.safetySnapshot().orElseThrow());
    } finally {
      settings.changed(settings.domain().getUUIDString());
    }
  }

  private void checkHasSafetySnapshot(RevertReport report) {
    checkState(
        report.safetySnapshot().isPresent(),
        "this revert can't be undone: it was made without withSafetySnapshot()");
    checkArgument(
        settings.domain().getUUIDString().equals(report.request().uuid()),
        "%s (UUID %s) is not the domain that was reverted (UUID %s)",
        settings.domain(),
        settings.domain().getUUIDString(),
        report.request().uuid());
  }

  /**
   * Reverts as {@link #revert} does, on a thread of the executor. The caller may close the domain
   * at any time.
   *
   * <p>Cancelling the future works until libvirt is asked to revert; from then on {@code cancel}
   * returns false, as libvirt can't be stopped. If somebody else completes the future before that,
   * as {@code orTimeout} does, libvirt is not asked either. An executor that drops what it was
   * given leaves the future incomplete; a deadline ends that.
   *
   * @return a future that fails with what {@link #revert} throws; also where the executor refuses
   *     to run it, which is {@link RevertOutcome#NOT_STARTED} with what the executor threw as the
   *     cause
   * @throws IllegalStateException if no snapshot was named
   */
  public CompletableFuture<RevertReport> revertAsync(Executor executor) {
    return startAsync(executor, Optional.empty());
  }

  /**
   * Reverts as {@link #revertAsync(Executor)} does, and completes the future at the deadline at the
   * latest. If libvirt was not asked to revert by then, it will not be, and the future fails with
   * {@link RevertOutcome#NOT_STARTED}. If it was, the future fails with {@link
   * RevertOutcome#IN_PROGRESS}; the revert goes on, its end is logged and the listener is called,
   * and its thread of the executor is free only then.
   *
   * @param deadline how long to wait from now, from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the deadline is out of its range
   * @throws IllegalStateException if no snapshot was named
   */
  public CompletableFuture<RevertReport> revertAsync(Executor executor, Duration deadline) {
    checkNotNull(deadline, "deadline is null");
    checkArgument(
        deadline.compareTo(Duration.ZERO) > 0 && deadline.compareTo(RetryPolicy.LONGEST) <= 0,
        "deadline is %s; it has to be more than zero and at most %s, about 292 years",
        deadline,
        RetryPolicy.LONGEST);
    return startAsync(executor, Optional.of(deadline));
  }

  private CompletableFuture<RevertReport> startAsync(
      Executor executor, Optional<Duration> deadline) {
    checkNotNull(executor, "executor is null");
    checkComplete();
    return AsyncRevert.start(settings, executor, deadline);
  }

  /**
   * Makes a revert that the caller runs on a thread of its own and may give up. Internal to the
   * library.
   *
   * @throws IllegalStateException as {@link #revert} does
   * @hidden
   */
  public OngoingRevert prepare() throws RevertException {
    checkComplete();
    return new OngoingRevert(settings, () -> true);
  }

  private void checkComplete() {
    checkState(
        settings.target().isPresent(),
        "the snapshot to revert %s to is missing: call to(name), to(snapshot) or toCurrent()",
        settings.domain());
    checkState(
        !settings.has(Option.SETTING_CLOCK) || settings.patience().isPresent(),
        "settingClock() needs a guest that answers: call awaitingGuest(atMost) too");
    checkState(
        settings.patience().isEmpty() || (settings.flags() & RevertFlag.PAUSED.value()) == 0,
        "awaitingGuest(atMost) needs a guest that runs, and paused() was requested");
  }

  /**
   * Shares what is known of the host's domains with other reverts on the same host. Internal to the
   * library.
   *
   * @hidden
   */
  public SnapshotReverter sharing(HostInventory inventory) {
    checkNotNull(inventory, "inventory is null");
    return new SnapshotReverter(settings.sharing(inventory));
  }

  private SnapshotReverter to(SnapshotTarget target) {
    return new SnapshotReverter(settings.to(target));
  }

  private SnapshotReverter withEither(RevertFlag wanted, RevertFlag excluded) {
    checkState(
        (settings.flags() & excluded.value()) == 0,
        "%s and %s exclude each other, and %s was requested before",
        wanted,
        excluded,
        excluded);
    return flags(wanted);
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return "SnapshotReverter["
        + settings.domain()
        + ", "
        + settings.target().map(SnapshotTarget::toString).orElse("no snapshot")
        + ", flags = "
        + RevertFlag.describe(settings.flags())
        + "]";
  }
}
