package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.RevertFlag;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.util.Arrays;

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
  private final Domain domain;
  private final SnapshotTarget target;
  private final int flags;

  private SnapshotReverter(Domain domain, SnapshotTarget target, int flags) {
    this.domain = domain;
    this.target = target;
    this.flags = flags;
  }

  /** Starts to say how to revert a domain. */
  public static SnapshotReverter of(Domain domain) {
    return new SnapshotReverter(checkNotNull(domain, "domain is null"), null, 0);
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
    domain.checkOwn(snapshot);
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
    return new SnapshotReverter(domain, target, flags | more);
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
    checkState(
        target != null,
        "which snapshot to revert %s to was not said: call to(name), to(snapshot) or toCurrent()",
        domain);
    return RevertRun.run(domain, target, flags);
  }

  private SnapshotReverter to(SnapshotTarget newTarget) {
    return new SnapshotReverter(domain, newTarget, flags);
  }

  private SnapshotReverter withEither(RevertFlag wanted, RevertFlag excluded) {
    checkState(
        (flags & excluded.value()) == 0,
        "%s and %s exclude each other, and %s was asked for before",
        wanted,
        excluded,
        excluded);
    return flags(wanted);
  }

  @Override
  public String toString() {
    return "SnapshotReverter[" + domain + ", " + target + ", " + RevertFlag.describe(flags) + "]";
  }
}
