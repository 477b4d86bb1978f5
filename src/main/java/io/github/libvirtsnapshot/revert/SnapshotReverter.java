package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.guest.GuestNetwork;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.revert.RevertSettings.GuestWait;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * Reverts a domain to a snapshot, checks whether libvirt did what was requested, and returns a
 * report.
 *
 * <pre>{@code
 * RevertReport report =
 *     SnapshotReverter.of(domain).to("clean-install").running().force().revert();
 * }</pre>
 *
 * <p>Defaults:
 *
 * <ul>
 *   <li>snapshot: none; name it with {@link #to(String)}, or let {@link #toNewest}, {@link
 *       #to(Predicate)}, {@link #toCurrent} or {@link #toParent} select it
 *   <li>requirements of the snapshot: none; {@link #require} and {@link #requireMemory} add some
 *   <li>state after the revert: the state in which the snapshot was taken
 *   <li>reverts that libvirt considers risky: refused; {@link #force} allows them
 *   <li>NVRAM: left as it is; {@link #resetNvram} initializes it
 *   <li>a revert that is predicted to fail: started nevertheless; {@link #guarded} prevents that
 *   <li>the state before the revert: lost; {@link #withSafetySnapshot} keeps it
 *   <li>another state than requested: an exception; {@link #enforcingState} corrects the state
 *   <li>guest: not waited for; {@link #awaitingGuest} waits, and {@link #settingClock} sets its
 *       clock
 *   <li>network: as in the snapshot; {@link #reconnectingNetwork} takes the links down and up, and
 *       {@link #isolated} leaves them down
 *   <li>images that no storage pool knows: read by a plan if a pool has their folder; {@link
 *       #withTransientPools} lets a plan read all these images, {@link #withoutTransientPools} none
 *   <li>attempts: one; {@link #retrying} repeats some failures
 *   <li>crash of this process: the outcome stays unknown; {@link #withJournal} lets another process
 *       resolve the outcome
 * </ul>
 *
 * <p>A reverter is an immutable value: each method returns a new one, which threads may share and
 * which may run any number of times. A reverter does not close its {@link Domain}; a run has its
 * own handle, so that the caller may close the domain during a run.
 *
 * <p>Each run logs under the name of this class: INFO before and after the revert, WARNING if it
 * failed. Control characters in names are escaped. Exceptions thrown by listeners or log handlers
 * never affect the revert or its report.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainRevertToSnapshot">virDomainRevertToSnapshot</a>
 */
public final class SnapshotReverter {
  private final RevertSettings settings;

  private SnapshotReverter(RevertSettings settings) {
    this.settings = settings;
  }

  /** Returns a reverter for the domain, which it does not close. */
  public static SnapshotReverter of(Domain domain) {
    return new SnapshotReverter(RevertSettings.of(checkNotNull(domain, "domain is null")));
  }

  /** Returns the handle of the domain that {@link #revert} reverts. */
  public Domain domain() {
    return settings.domain();
  }

  /** Selects the snapshot by name; {@link #revert} looks it up. */
  public SnapshotReverter to(String snapshotName) {
    return to(SnapshotTarget.named(checkNotNull(snapshotName, "snapshotName is null")));
  }

  /**
   * Selects the snapshot by the name of this handle. The caller may close the handle after this
   * call.
   *
   * @throws IllegalArgumentException if the snapshot belongs to another domain or another
   *     connection
   * @throws IllegalStateException if the handle is closed
   */
  public SnapshotReverter to(DomainSnapshot snapshot) {
    HandleAccess.checkOwn(settings.domain(), checkNotNull(snapshot, "snapshot is null"));
    return to(SnapshotTarget.named(snapshot.getName()));
  }

  /**
   * Selects the newest snapshot that meets a condition, as {@link #toNewest} does for all
   * snapshots.
   *
   * @param condition tests each snapshot of the domain except for safety snapshots. {@link
   *     SnapshotDetails#current} and {@link SnapshotDetails#metadata} are empty. If the condition
   *     throws an exception, the revert is not started: {@link RevertOutcome#NOT_STARTED}
   */
  public SnapshotReverter to(Predicate<SnapshotDetails> condition) {
    return to(SnapshotTarget.newest(checkNotNull(condition, "condition is null")));
  }

  /** Selects the snapshot that is the current one when {@link #revert} runs. */
  public SnapshotReverter toCurrent() {
    return to(SnapshotTarget.CURRENT);
  }

  /**
   * Selects the snapshot with the latest creation time when {@link #revert} runs. libvirt counts
   * whole seconds: of the snapshots of one second, the one that descends from all others is
   * selected. If there is no such snapshot, the revert is not started, and the message lists these
   * snapshots: {@link RevertOutcome#NOT_STARTED}.
   *
   * <p>A snapshot of {@link #withSafetySnapshot} is never selected, because it has the state that
   * an earlier revert discarded: use {@link #undo}, or {@link #to(String)}.
   *
   * <p>A run lists the snapshots in one call, and fetches the XML of each. {@link
   * RevertRequest#snapshot} has the name of the selected snapshot.
   */
  public SnapshotReverter toNewest() {
    return to(SnapshotTarget.NEWEST);
  }

  /**
   * Selects the parent of the snapshot that is the current one when {@link #revert} runs. If the
   * domain has no current snapshot, or the current snapshot has no parent, the revert is not
   * started: {@link RevertOutcome#NOT_STARTED}.
   *
   * <p>The revert makes the parent the current snapshot, so the next run selects the parent of that
   * one.
   */
  public SnapshotReverter toParent() {
    return to(SnapshotTarget.PARENT);
  }

  /**
   * Requires that the selected snapshot meets a condition. If it does not, nothing is touched, and
   * the message has the description: {@link RevertOutcome#NOT_STARTED}. {@link #plan} fails in the
   * same way. Several requirements apply together. {@link #undo} does not check them.
   *
   * @param description the requirement in words, as in {@code "a name that begins with clean"}
   * @param condition tests the selected snapshot. {@link SnapshotDetails#current} and {@link
   *     SnapshotDetails#metadata} are empty. If the condition throws an exception, the revert is
   *     not started: {@link RevertOutcome#NOT_STARTED}
   * @throws IllegalArgumentException if the description is blank
   */
  public SnapshotReverter require(String description, Predicate<SnapshotDetails> condition) {
    return require(
        new SnapshotRequirement(
            checkDescription(description), checkNotNull(condition, "condition is null")));
  }

  private static String checkDescription(String description) {
    checkArgument(
        !checkNotNull(description, "description is null").isBlank(),
        "description is %s; say in words what is required",
        LogEscaper.quote(description));
    return description;
  }

  /**
   * Requires that the selected snapshot has the memory of the guest, as {@link #require} does.
   *
   * @see SnapshotDetails#hasMemory
   */
  public SnapshotReverter requireMemory() {
    return require(SnapshotRequirement.MEMORY);
  }

  private SnapshotReverter require(SnapshotRequirement requirement) {
    return new SnapshotReverter(
        settings.requiring(
            ImmutableList.<SnapshotRequirement>builder()
                .addAll(settings.requirements())
                .add(requirement)
                .build()));
  }

  /**
   * Leaves the domain running, independent of the state of the snapshot.
   *
   * @throws IllegalStateException after {@link #paused}
   */
  public SnapshotReverter running() {
    return withEither(RevertFlag.RUNNING, RevertFlag.PAUSED);
  }

  /**
   * Leaves the domain paused, independent of the state of the snapshot.
   *
   * @throws IllegalStateException after {@link #running}
   */
  public SnapshotReverter paused() {
    return withEither(RevertFlag.PAUSED, RevertFlag.RUNNING);
  }

  /**
   * Allows reverts that libvirt refuses with {@code VIR_ERR_SNAPSHOT_REVERT_RISKY}; the message of
   * that error says what the risk is. A managed save image stays in any case, and the next start
   * would restore it on top of the reverted disks: remove it with {@link Domain#managedSaveRemove}.
   */
  public SnapshotReverter force() {
    return flags(RevertFlag.FORCE);
  }

  /** Initializes the NVRAM from its template; needs libvirt 8.1.0 on the host. */
  public SnapshotReverter resetNvram() {
    return flags(RevertFlag.RESET_NVRAM);
  }

  /** Adds flags; libvirt refuses those that exclude each other. */
  public SnapshotReverter flags(RevertFlag... more) {
    return flags(RevertFlag.bits(more));
  }

  /** Adds flags by libvirt's numbers; libvirt refuses unknown ones. */
  public SnapshotReverter flags(int more) {
    return new SnapshotReverter(settings.withFlags(settings.flags() | more));
  }

  /**
   * Makes a {@link #plan} first, and does not start the revert if the plan predicts that libvirt
   * refuses, that the revert fails after the guest was stopped, that it leaves another state than
   * requested, or that the content of the snapshot has changed. If another revert to an external
   * snapshot was done less than one second ago, the revert waits until it can succeed.
   */
  public SnapshotReverter guarded() {
    return new SnapshotReverter(settings.with(Option.GUARDED));
  }

  /**
   * Creates a snapshot of the present state first, with the memory of an active guest, under a
   * unique name that begins with {@code before-revert-}. If the revert fails, the domain is rolled
   * back to the safety snapshot, which is then deleted. If the revert succeeds, the safety snapshot
   * stays, and {@link #undo} reverts to it. This method plans first, as {@link #guarded} does.
   *
   * <p>The safety snapshot is internal, or external if the host's libvirt can revert to external
   * snapshots and an internal one is not possible. If no safety snapshot could restore the present
   * state exactly, the domain is not touched: {@link RevertOutcome#NOT_STARTED}, and the message
   * says why.
   *
   * <p>If the revert and the rollback of a transient domain fail and the domain is gone, the
   * library writes its definition and its snapshots, which can contain passwords, to files that
   * only the user of this process can read, in a new folder of the folder for temporary files. The
   * message names the folder, and the caller deletes it.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotCreateXML">virDomainSnapshotCreateXML</a>
   */
  public SnapshotReverter withSafetySnapshot() {
    return new SnapshotReverter(settings.with(Option.SAFETY_SNAPSHOT));
  }

  /**
   * Creates no safety snapshot, so that a revert that fails is not rolled back. This method
   * replaces {@link #withSafetySnapshot}.
   */
  public SnapshotReverter withoutSafetySnapshot() {
    return new SnapshotReverter(settings.without(Option.SAFETY_SNAPSHOT));
  }

  /**
   * Lets a plan read the images in folders that no active storage pool has: the plan creates a
   * transient pool over each such folder, and removes the pool again. {@link
   * RevertPlan#transientPools} names the folders. libvirt opens each file of the folder to find out
   * its format; no file changes. An image that a tenant has uploaded names the folder of its
   * backing image: do not use this setting for such images. Without this setting, a plan creates
   * such a pool only over the folder of an active pool that does not know an image of its folder
   * yet, and on libvirt before 8.0 none: libvirt 7.0 crashes when it creates a pool over a folder
   * with an image whose backing file is named with a protocol, as in {@code json:}.
   *
   * <p>If this process or the connection ends during the plan, a pool can remain until the host
   * restarts: {@code virsh pool-destroy} of its name, which begins with {@code libvirt-snapshot-},
   * removes it. On a read-only connection, libvirt refuses to create a pool. Reverts that make no
   * plan create no pool. This method replaces {@link #withoutTransientPools}.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolCreateXML">virStoragePoolCreateXML</a>
   */
  public SnapshotReverter withTransientPools() {
    return new SnapshotReverter(settings.creatingPools(PoolCreation.IN_ALL_FOLDERS));
  }

  /**
   * Lets a plan create no storage pool, so that it calls only functions of libvirt that change
   * nothing. The plan then does not read images that no storage pool knows, such as the overlays
   * that libvirt created since the pool was refreshed. This method replaces {@link
   * #withTransientPools}.
   *
   * <p>Use this method if the owners of guests could attack the host: if a guest with a raw disk
   * writes the header of an image that names a FIFO as its backing file, libvirt hangs when it
   * creates or refreshes a pool over the folder of that disk.
   */
  public SnapshotReverter withoutTransientPools() {
    return new SnapshotReverter(settings.creatingPools(PoolCreation.NEVER));
  }

  /**
   * Corrects the state if libvirt reports success but leaves another state than requested: starts
   * the domain, starts it paused, resumes or suspends it. {@link RevertReport#corrections} lists
   * the steps. A domain with a managed save image is not started, as the start would restore the
   * image, and no domain is stopped.
   */
  public SnapshotReverter enforcingState() {
    return new SnapshotReverter(settings.with(Option.ENFORCING_STATE));
  }

  /**
   * Repeats the call after three kinds of failures, which are temporary and harmless: the domain
   * was busy for libvirt's 30 seconds ({@code VIR_ERR_OPERATION_TIMEOUT}), a block job was active
   * ({@code VIR_ERR_OPERATION_INVALID}), or there was another revert to an external snapshot in the
   * same second, so that libvirt would give both overlays the same name. Any other failure, and an
   * unknown outcome, is final. A revert that plans first plans again, up to the same number of
   * times, while the plan predicts that libvirt refuses because of a job or a block job.
   *
   * @param attempts the maximum number of attempts, 1 or more
   * @param delay the time between two attempts, from zero to 2^63 - 1 nanoseconds (292 years); an
   *     interrupt ends the wait and the revert, and the thread stays interrupted
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public SnapshotReverter retrying(int attempts, Duration delay) {
    RetryPolicy policy = new RetryPolicy(attempts, checkNotNull(delay, "delay is null"));
    return new SnapshotReverter(settings.retrying(policy));
  }

  /**
   * Waits after the revert until the guest agent responds; {@link RevertReport#guest} has the time
   * that this took. If the agent does not respond, the outcome is {@link
   * RevertOutcome#GUEST_SILENT}; the revert is done in that case.
   *
   * <p>If the domain of the snapshot has no channel for an agent, or would not be running after the
   * revert, nothing is touched: {@link RevertOutcome#NOT_STARTED}. {@link #undo} waits only if the
   * domain runs afterwards and has an agent channel.
   *
   * @param atMost the maximum time, from 1 second to 2^31 - 1 seconds; an interrupt ends the wait,
   *     and the thread stays interrupted
   * @throws IllegalArgumentException if the time is out of its range
   * @see GuestAgent#await
   */
  public SnapshotReverter awaitingGuest(Duration atMost) {
    return awaitingGuest(GuestProbe.agent(), atMost);
  }

  /**
   * Waits after the revert until the guest is ready, as {@link #awaitingGuest(Duration)} does for
   * the guest agent; {@link RevertReport#guest} has the result of each probe. If the guest is not
   * ready in time, or a probe fails, the outcome is {@link RevertOutcome#GUEST_SILENT}. The domain
   * needs a channel for an agent only if {@link GuestProbe#needsAgent}, or for {@link
   * #settingClock}.
   *
   * @param atMost the maximum time, from 1 second to 2^31 - 1 seconds; an interrupt ends the wait,
   *     and the thread stays interrupted
   * @throws IllegalArgumentException if the time is out of its range
   * @see GuestProbe#await
   */
  public SnapshotReverter awaitingGuest(GuestProbe probe, Duration atMost) {
    checkNotNull(probe, "probe is null");
    GuestAgent unused =
        GuestAgent.of(settings.domain()).respondingWithin(checkNotNull(atMost, "atMost is null"));
    return new SnapshotReverter(settings.awaitingGuest(new GuestWait(probe, atMost)));
  }

  /**
   * Sets the clock of the guest when the guest is ready: after a revert to a running snapshot, the
   * guest has the time of that snapshot. {@link RevertReport#guest} has the difference before and
   * after. If the clock can't be set, the outcome is {@link RevertOutcome#CLOCK_NOT_SET}. Needs
   * {@link #awaitingGuest}.
   *
   * @see GuestAgent#setClock
   */
  public SnapshotReverter settingClock() {
    return new SnapshotReverter(settings.with(Option.SETTING_CLOCK));
  }

  /**
   * Takes the links of the guest's network interfaces down for one second after the revert, so that
   * the guest notices that its connections are gone, and asks for its address again. A link that is
   * down in the snapshot stays down. If that fails, the outcome is {@link
   * RevertOutcome#LINKS_NOT_SET}. If the domain would not be running after the revert, nothing is
   * touched: {@link RevertOutcome#NOT_STARTED}.
   *
   * @throws IllegalStateException after {@link #isolated}
   * @see GuestNetwork#reconnect
   */
  public SnapshotReverter reconnectingNetwork() {
    return withNetwork(Option.RECONNECTING_NETWORK, Option.ISOLATED);
  }

  /**
   * Leaves the domain running without a network: libvirt reverts it paused, the links of all its
   * network interfaces are taken down, and the guest is resumed. The links stay down until {@link
   * GuestNetwork#connect}, or until the domain starts again. If a link can't be taken down, the
   * guest stays paused: {@link RevertOutcome#LINKS_NOT_SET}. The guest agent needs no network.
   * {@link #undo} isolates nothing.
   *
   * <p>{@link RevertReport#flags} has {@code PAUSED}, which is what libvirt got.
   *
   * @throws IllegalStateException after {@link #reconnectingNetwork}
   * @see GuestNetwork#disconnect
   */
  public SnapshotReverter isolated() {
    return withNetwork(Option.ISOLATED, Option.RECONNECTING_NETWORK);
  }

  private SnapshotReverter withNetwork(Option wanted, Option excluded) {
    checkState(
        !settings.has(excluded),
        "isolated() and reconnectingNetwork() exclude each other: omit one of them");
    return new SnapshotReverter(settings.with(wanted));
  }

  /**
   * Writes the intent of each run to a journal before anything is touched, so that another process
   * can resolve the outcome if this one crashes. If the journal throws an exception, the revert is
   * not started: {@link RevertOutcome#NOT_STARTED}.
   *
   * <p>The other process calls {@link RevertIntent#awaitOutcome}, and reverts again if nothing was
   * done.
   */
  public SnapshotReverter withJournal(RevertJournal journal) {
    checkNotNull(journal, "journal is null");
    return new SnapshotReverter(settings.withJournal(journal));
  }

  /**
   * Calls this listener at each event of each run; it replaces the listener that was set before.
   */
  public SnapshotReverter listener(RevertListener listener) {
    checkNotNull(listener, "listener is null");
    return new SnapshotReverter(settings.listener(listener));
  }

  /**
   * Predicts what {@link #revert} would do now, and changes neither the domain nor a file.
   *
   * @throws RevertException with {@link RevertOutcome#NOT_STARTED} if the domain or the snapshot
   *     can't be found or read
   * @throws IllegalStateException if no snapshot was named, or the domain is closed
   */
  public RevertPlan plan() throws RevertException {
    checkComplete();
    try (RevertRun run = RevertRun.of(settings, RevertGate.OPEN)) {
      return run.plan(StageBarrier.NONE);
    }
  }

  /**
   * Reverts the domain with {@index virDomainRevertToSnapshot}, without asking for confirmation:
   * the state of the domain since the snapshot is lost.
   *
   * @return the report, after libvirt reported success and the state of the domain was checked
   * @throws RevertException if the revert was not done, not done as requested, or its outcome is
   *     unknown; {@link RevertException#outcome} says which
   * @throws IllegalStateException if no snapshot was named, the domain is closed, or settings
   *     exclude each other; no function of libvirt was called then
   */
  public RevertReport revert() throws RevertException {
    checkComplete();
    try (RevertRun run = RevertRun.of(settings, RevertGate.OPEN)) {
      return run.run(StageBarrier.NONE);
    }
  }

  /**
   * Undoes a revert: reverts the domain to the safety snapshot of that revert. The state of the
   * domain since the revert is lost. All other settings of this reverter apply, except for the
   * snapshot and the target state; the flag is FORCE, and there are two attempts unless {@link
   * #retrying} was called. If the disks, the memory, the configuration or the NVRAM might not be
   * restored exactly, the undo does not start: {@link RevertOutcome#NOT_STARTED}.
   *
   * <p>An internal safety snapshot stays. An external one is merged and thereby deleted, so that
   * each disk is in its original image again; if that fails, the log and {@link
   * RevertReport#safetySnapshot} say so.
   *
   * @param report the report of a revert of the same domain, also from another connection
   * @throws RevertException as {@link #revert} does
   * @throws IllegalStateException if there is no safety snapshot, or the domain is closed
   * @throws IllegalArgumentException if the report is about another domain
   */
  public RevertReport undo(RevertReport report) throws RevertException {
    return undoing(report).revert();
  }

  /**
   * Returns a reverter that undoes a revert as {@link #undo(RevertReport)} does: call {@link
   * #revert}, {@link #plan} or {@link #revertAsync(Executor)} on it.
   *
   * @param report the report of a revert of the same domain, also from another connection
   * @throws IllegalStateException if there is no safety snapshot, or the domain is closed
   * @throws IllegalArgumentException if the report is about another domain
   */
  public SnapshotReverter undoing(RevertReport report) {
    checkHasSafetySnapshot(report);
    return revertingTo(report.safetySnapshot().orElseThrow());
  }

  /**
   * Undoes a revert as {@link #undo(RevertReport)} does, for a program that has only the
   * {@linkplain RevertReport#safetySnapshot name} of the safety snapshot.
   *
   * @param safetySnapshot the name of a safety snapshot of this domain
   * @throws RevertException as {@link #revert} does
   * @throws IllegalStateException if the domain is closed
   * @throws IllegalArgumentException if the name is not that of a safety snapshot
   */
  public RevertReport undo(String safetySnapshot) throws RevertException {
    return undoing(safetySnapshot).revert();
  }

  /**
   * Returns a reverter that undoes a revert as {@link #undo(String)} does: call {@link #revert},
   * {@link #plan} or {@link #revertAsync(Executor)} on it.
   *
   * @param safetySnapshot the name of a safety snapshot of this domain
   * @throws IllegalArgumentException if the name is not that of a safety snapshot
   */
  public SnapshotReverter undoing(String safetySnapshot) {
    return revertingTo(SafetySnapshot.checkName(safetySnapshot));
  }

  private SnapshotReverter revertingTo(String safetySnapshot) {
    RevertSettings undoing =
        settings
            .to(SnapshotTarget.named(safetySnapshot))
            .requiring(ImmutableList.of())
            .withFlags(RevertFlag.FORCE.value())
            .with(Option.UNDOING);
    return new SnapshotReverter(
        settings.retries().equals(RetryPolicy.NEVER)
            ? undoing.retrying(RetryPolicy.ONCE_MORE)
            : undoing);
  }

  /**
   * Deletes the safety snapshot of a revert, unless that could crash libvirtd. If the snapshot does
   * not exist, this method does nothing.
   *
   * @param report the report of a revert of the same domain, also from another connection
   * @throws LibvirtException if the snapshot may still exist
   * @throws IllegalStateException if the revert has no safety snapshot, or the domain is closed
   * @throws IllegalArgumentException if the report is about another domain
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotDelete">virDomainSnapshotDelete</a>
   */
  public void deleteSafetySnapshot(RevertReport report) throws LibvirtException {
    checkHasSafetySnapshot(report);
    try {
      SafetySnapshot.delete(settings.domain(), report.safetySnapshot().orElseThrow());
    } finally {
      HostInventory.of(settings.domain()).changed(settings.domain().getUUIDString());
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
   * <p>The future can be cancelled until libvirt is called to revert; after that, {@code cancel}
   * returns false, as libvirt can't be stopped. If you complete the future yourself before that,
   * for example with {@code orTimeout}, the revert does not start. An executor that drops its tasks
   * leaves the future incomplete; a deadline prevents that.
   *
   * @return a future that fails with the exceptions of {@link #revert}; also if the executor
   *     rejects the task, which is {@link RevertOutcome#NOT_STARTED} with the executor's exception
   *     as the cause
   * @throws IllegalStateException if no snapshot was named
   */
  public CompletableFuture<RevertReport> revertAsync(Executor executor) {
    return startAsync(executor, Optional.empty());
  }

  /**
   * Reverts as {@link #revertAsync(Executor)} does, and completes the future at the deadline at the
   * latest. If libvirt was not called to revert by then, it is not called any more, and the future
   * fails with {@link RevertOutcome#NOT_STARTED}. Otherwise, the future fails with {@link
   * RevertOutcome#IN_PROGRESS}; the revert continues, its result is logged and the listener is
   * called, and the thread of the executor is free only then.
   *
   * @param deadline the time from now, from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the deadline is out of its range
   * @throws IllegalStateException if no snapshot was named
   */
  public CompletableFuture<RevertReport> revertAsync(Executor executor, Duration deadline) {
    checkNotNull(deadline, "deadline is null");
    checkArgument(
        deadline.compareTo(Duration.ZERO) > 0 && deadline.compareTo(RetryPolicy.LONGEST) <= 0,
        "deadline is %s; the range is from 1 nanosecond to about 292 years",
        LogEscaper.seconds(deadline));
    return startAsync(executor, Optional.of(deadline));
  }

  private CompletableFuture<RevertReport> startAsync(
      Executor executor, Optional<Duration> deadline) {
    checkNotNull(executor, "executor is null");
    checkComplete();
    return AsyncRevert.start(settings, executor, deadline);
  }

  private void checkComplete() {
    checkState(
        settings.target().isPresent(),
        "no snapshot is selected for %s: call to(name), to(condition), toNewest(), toCurrent() or toParent()",
        settings.domain());
    checkState(
        !settings.has(Option.SETTING_CLOCK) || settings.guestWait().isPresent(),
        "settingClock() needs awaitingGuest(atMost): add it");
    checkNotPaused(settings.guestWait().isPresent(), "awaitingGuest(atMost)");
    checkNotPaused(settings.has(Option.RECONNECTING_NETWORK), "reconnectingNetwork()");
    checkNotPaused(settings.has(Option.ISOLATED), "isolated()");
  }

  private void checkNotPaused(boolean needsRunningGuest, String method) {
    checkState(
        !needsRunningGuest || (settings.flags() & RevertFlag.PAUSED.value()) == 0,
        "%s needs a running guest, but paused() was requested: omit one of them",
        method);
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
