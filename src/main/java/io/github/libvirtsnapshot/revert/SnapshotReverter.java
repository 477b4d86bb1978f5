package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.RevertFlag;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Reverts a domain to a snapshot, looks whether libvirt did what was asked, and tells.
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
 *   <li>what libvirt takes for risky: refused
 *   <li>the NVRAM: left as it is
 *   <li>what is known to fail: begun all the same; {@link #guarded} keeps it from that
 *   <li>what the domain is now: gone; {@link #withSafetySnapshot} keeps it
 *   <li>another state than asked for: a failure; {@link #enforcingState} mends it
 *   <li>how often it is tried: once; {@link #retrying} tries again
 * </ul>
 *
 * <p>A reverter is an immutable value: each method returns a new one, so that one may be kept,
 * shared between threads and run again and again. It uses the {@link Domain} that it was made with,
 * and a {@link DomainSnapshot} that it was given, and closes neither.
 *
 * <p>A run logs under the name of this class: INFO before the revert and after it, WARNING if it
 * failed. A name can't forge a log line.
 *
 * @see LibvirtLibrary#virDomainRevertToSnapshot
 */
public final class SnapshotReverter {
  private final RevertSettings settings;

  private SnapshotReverter(RevertSettings settings) {
    this.settings = settings;
  }

  /** Starts to say how to revert a domain. */
  public static SnapshotReverter of(Domain domain) {
    return new SnapshotReverter(RevertSettings.of(checkNotNull(domain, "domain is null")));
  }

  /** Reverts to the snapshot that has this name when {@link #revert} runs. */
  public SnapshotReverter to(String snapshotName) {
    return to(new SnapshotTarget.Named(checkNotNull(snapshotName, "snapshotName is null")));
  }

  /**
   * Reverts to this snapshot.
   *
   * @throws IllegalArgumentException if it is another domain's, or was found on another connection
   */
  public SnapshotReverter to(DomainSnapshot snapshot) {
    checkNotNull(snapshot, "snapshot is null");
    settings.domain().checkOwn(snapshot);
    return to(new SnapshotTarget.Given(snapshot));
  }

  /** Reverts to the snapshot that is the current one when {@link #revert} runs. */
  public SnapshotReverter toCurrent() {
    return to(new SnapshotTarget.Current());
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
   * Goes ahead where libvirt refuses with {@code VIR_ERR_SNAPSHOT_REVERT_RISKY}; its message says
   * what the risk is. A managed save image stays even so, and the next start would resume it on top
   * of the reverted disks: remove it with {@link Domain#managedSaveRemove}.
   */
  public SnapshotReverter force() {
    return flags(RevertFlag.FORCE);
  }

  /** Initialises the NVRAM from its template again; needs libvirt 8.1.0 on the host. */
  public SnapshotReverter resetNvram() {
    return flags(RevertFlag.RESET_NVRAM);
  }

  /** Adds flags, and leaves it to libvirt to refuse those that exclude each other. */
  public SnapshotReverter flags(RevertFlag... more) {
    return flags(Arrays.stream(more).mapToInt(RevertFlag::value).reduce(0, (a, b) -> a | b));
  }

  /**
   * Adds flags as libvirt numbers them, and leaves it to libvirt to refuse those it does not know.
   */
  public SnapshotReverter flags(int more) {
    return new SnapshotReverter(settings.withFlags(settings.flags() | more));
  }

  /**
   * Plans first, and does not let libvirt begin what it would refuse, what would fail after the
   * guest has been stopped, or what would leave another state than asked for. It knows what the
   * {@link #plan} knows.
   */
  public SnapshotReverter guarded() {
    return new SnapshotReverter(settings.withGuard());
  }

  /**
   * Takes a snapshot of the present first, with the guest's memory if it is active, under a name
   * that begins with {@code before-revert-} and is never used twice. If the revert fails, the
   * domain is taken back to it, and it is deleted; if the revert succeeds, it is kept, and {@link
   * RevertReport#undo} goes back to it. A domain that can't be snapshotted is not touched. As there
   * is no use in a safety snapshot for what is known to fail, this plans first as {@link #guarded}
   * does.
   *
   * @see LibvirtLibrary#virDomainSnapshotCreateXML
   */
  public SnapshotReverter withSafetySnapshot() {
    return new SnapshotReverter(settings.withSafetySnapshot());
  }

  /**
   * Where libvirt reports success but leaves another state than asked for, brings the domain there:
   * starts it, starts it paused, resumes or suspends it; {@link RevertReport#enforced} tells. A
   * domain with a managed save image is not started, as that would go on from the image, and none
   * is stopped.
   */
  public SnapshotReverter enforcingState() {
    return new SnapshotReverter(settings.withEnforcedState());
  }

  /**
   * Tries again after the two failures that are known to pass and to be harmless: the domain was
   * busy with something else for libvirt's 30 seconds ({@code VIR_ERR_OPERATION_TIMEOUT}), and an
   * external snapshot was reverted to twice in one second, which gives both overlays one name. Any
   * other failure, and one whose outcome is not known, is final.
   *
   * @param attempts how often to try at most, 1 or more
   * @param delay how long to wait in between; an interrupt ends the waiting, and the revert
   * @throws IllegalArgumentException if attempts is less than 1, or the delay is negative
   */
  public SnapshotReverter retrying(int attempts, Duration delay) {
    return new SnapshotReverter(
        settings.with(new RetryPolicy(attempts, checkNotNull(delay, "delay is null"))));
  }

  /** Tells this listener of the moments of each run, instead of the one before. */
  public SnapshotReverter listener(RevertListener listener) {
    return new SnapshotReverter(settings.with(checkNotNull(listener, "listener is null")));
  }

  /**
   * Finds out what {@link #revert} would do now, and touches nothing.
   *
   * @throws RevertException with {@link RevertOutcome#NOT_STARTED} if the domain or the snapshot
   *     can't be found or read
   * @throws IllegalStateException if no snapshot was named, or a handle is closed
   */
  public RevertPlan plan() throws RevertException {
    checkTarget();
    return new RevertRun(settings, RevertGate.OPEN).plan();
  }

  /**
   * Reverts the domain: what it became since the snapshot is lost. Nothing asks for confirmation.
   *
   * @return what was done, once libvirt has said so and the domain's state has borne it out
   * @throws RevertException if it was not done, or not as asked, or nobody knows; {@link
   *     RevertException#outcome} tells which
   * @throws IllegalStateException if no snapshot was named, or a handle is closed
   */
  public RevertReport revert() throws RevertException {
    checkTarget();
    return new RevertRun(settings, RevertGate.OPEN).run();
  }

  /**
   * Reverts as {@link #revert} does, on a thread of the executor. It uses handles of its own, so
   * the caller may close theirs at any time.
   *
   * <p>Cancelling the future works until libvirt is asked to revert; from then on {@code cancel}
   * returns false, as libvirt can't be stopped.
   *
   * @return a future that fails with what {@link #revert} throws
   * @throws LibvirtException if the handles could not be duplicated
   * @throws IllegalStateException if no snapshot was named, or a handle is closed
   */
  public CompletableFuture<RevertReport> revertAsync(Executor executor) throws LibvirtException {
    return startAsync(executor);
  }

  /**
   * Reverts as {@link #revertAsync(Executor)} does, and gives the caller an answer after the
   * deadline at the latest. If libvirt was not asked to revert by then, it will not be, and the
   * future fails with {@link RevertOutcome#NOT_STARTED}. If it was, the future fails with {@link
   * RevertOutcome#IN_PROGRESS}; the revert goes on, its end is logged and told to the listener, and
   * its thread of the executor is free only then.
   *
   * @param deadline how long to wait from now, in whole milliseconds
   * @throws IllegalArgumentException if the deadline is not positive
   * @throws LibvirtException if the handles could not be duplicated
   * @throws IllegalStateException if no snapshot was named, or a handle is closed
   */
  public CompletableFuture<RevertReport> revertAsync(Executor executor, Duration deadline)
      throws LibvirtException {
    checkNotNull(deadline, "deadline is null");
    checkArgument(deadline.toMillis() > 0, "deadline is %s; it has to be 1 ms or more", deadline);
    return startAsync(executor).within(deadline);
  }

  private AsyncRevert startAsync(Executor executor) throws LibvirtException {
    checkNotNull(executor, "executor is null");
    checkTarget();
    SnapshotTarget target = settings.target().duplicate();
    try {
      return AsyncRevert.start(settings.with(settings.domain().duplicate(), target), executor);
    } catch (LibvirtException | RuntimeException e) {
      target.close();
      throw e;
    }
  }

  private void checkTarget() {
    checkState(
        settings.target() != null,
        "which snapshot to revert %s to was not said: call to(name), to(snapshot) or toCurrent()",
        settings.domain());
  }

  private SnapshotReverter to(SnapshotTarget target) {
    return new SnapshotReverter(settings.with(settings.domain(), target));
  }

  private SnapshotReverter withEither(RevertFlag wanted, RevertFlag excluded) {
    checkState(
        (settings.flags() & excluded.value()) == 0,
        "%s and %s exclude each other, and %s was asked for before",
        wanted,
        excluded,
        excluded);
    return flags(wanted);
  }

  @Override
  public String toString() {
    return "SnapshotReverter["
        + settings.domain()
        + ", "
        + settings.target()
        + ", "
        + RevertFlag.describe(settings.flags())
        + "]";
  }
}
