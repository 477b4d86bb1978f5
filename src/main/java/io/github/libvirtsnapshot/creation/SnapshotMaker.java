package io.github.libvirtsnapshot.creation;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.plan.facts.SnapshotRequest.Preparation;
import java.time.Duration;
import java.util.Optional;

/**
 * Takes a snapshot that can be reverted to.
 *
 * <pre>{@code
 * SnapshotMaker maker = SnapshotMaker.of(domain).named("clean-install").withMemory();
 * System.out.println(maker.plan());
 * try (TakenSnapshot taken = maker.take()) {
 *   System.out.println(taken.contents());
 * }
 * }</pre>
 *
 * <p>Defaults:
 *
 * <ul>
 *   <li>The snapshot is internal if libvirt takes such a snapshot of the domain and can revert to
 *       it, and otherwise external. If libvirt could revert to neither, no snapshot is taken:
 *       {@link #internal} and {@link #external} take it nevertheless.
 *   <li>The snapshot does not include the memory of an active guest: {@link #withMemory}.
 *   <li>The snapshot includes each disk that the guest can write to: {@link #leavingOut}.
 *   <li>The guest is not prepared: {@link #pausingFirst}, {@link #shuttingOffFirst}, {@link
 *       #freezingFileSystems}. One of them at most can be used.
 * </ul>
 *
 * <p>This class is immutable and thread-safe. It does not close the {@link Domain}.
 */
public final class SnapshotMaker {
  private final SnapshotSettings settings;

  private SnapshotMaker(SnapshotSettings settings) {
    this.settings = settings;
  }

  /** Returns a maker of snapshots of a domain, which still needs a {@linkplain #named name}. */
  public static SnapshotMaker of(Domain domain) {
    return new SnapshotMaker(SnapshotSettings.of(checkNotNull(domain, "domain is null")));
  }

  /**
   * Sets the name of the snapshot.
   *
   * @param name a name that no snapshot of the domain has, of at most 247 bytes in UTF-8, without
   *     "/" and without a "." at its beginning
   * @throws IllegalArgumentException if libvirt, XML or a file system cannot contain the name, or
   *     if the name looks like that of a safety snapshot
   */
  public SnapshotMaker named(String name) {
    return new SnapshotMaker(settings.named(SnapshotTexts.checkName(name)));
  }

  /**
   * Sets the description of the snapshot.
   *
   * @throws IllegalArgumentException if XML cannot contain the text
   */
  public SnapshotMaker describedAs(String description) {
    return new SnapshotMaker(
        settings.describedAs(SnapshotTexts.checkText("description", description)));
  }

  /**
   * Includes the memory of the guest, if the domain is active. A revert then continues the guest
   * where it was. Without the memory, a revert starts the guest from its disks, as after a power
   * failure.
   *
   * @throws IllegalStateException after {@link #shuttingOffFirst} or {@link #freezingFileSystems}
   */
  public SnapshotMaker withMemory() {
    checkMemory(true, settings.preparation());
    return new SnapshotMaker(settings.includingMemory());
  }

  /**
   * Leaves disks out of the snapshot. A revert does not restore their contents. libvirt leaves
   * disks out of external snapshots only.
   *
   * @param targets the names of the disks in the guest, as in {@code vdb}
   */
  public SnapshotMaker leavingOut(String... targets) {
    checkNotNull(targets, "targets is null");
    for (String target : targets) {
      CStringArguments.check("target", target);
    }
    return new SnapshotMaker(
        settings.leavingOut(
            ImmutableSet.copyOf(Sets.union(settings.leftOut(), ImmutableSet.copyOf(targets)))));
  }

  /**
   * Requests a snapshot within the images of the disks, also if libvirt cannot revert to it.
   *
   * @throws IllegalStateException after {@link #external}
   */
  public SnapshotMaker internal() {
    return of(Kind.INTERNAL);
  }

  /**
   * Requests a snapshot that leaves the images of the disks as they are, and lets the guest write
   * to new overlay files, also if libvirt cannot revert to it. A disk's overlay is in the folder of
   * its image; the memory is in a file in the folder of the first included disk.
   *
   * @throws IllegalStateException after {@link #internal}
   */
  public SnapshotMaker external() {
    return of(Kind.EXTERNAL);
  }

  private SnapshotMaker of(Kind kind) {
    checkState(
        settings.kind().equals(Optional.of(kind)) || settings.kind().isEmpty(),
        "internal() and external() exclude each other: omit one of them");
    return new SnapshotMaker(settings.of(kind));
  }

  /**
   * Pauses a running guest before the snapshot is taken, and resumes it afterwards, also if the
   * snapshot fails. A revert to a snapshot with memory leaves the guest paused.
   *
   * @throws IllegalStateException after another preparation
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSuspend">virDomainSuspend</a>
   */
  public SnapshotMaker pausingFirst() {
    return prepared(Preparation.PAUSE, Duration.ZERO);
  }

  /**
   * Shuts a running guest down before the snapshot is taken, and starts it afterwards, also if the
   * snapshot fails. If the guest does not shut down in time, or the thread is interrupted, no
   * snapshot is taken; the guest may still shut down later.
   *
   * @param atMost how long the guest may take to shut down, more than zero and at most a day
   * @throws IllegalArgumentException if the time is out of its range
   * @throws IllegalStateException after another preparation, or after {@link #withMemory}
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainShutdown">virDomainShutdown</a>
   */
  public SnapshotMaker shuttingOffFirst(Duration atMost) {
    checkNotNull(atMost, "atMost is null");
    checkArgument(
        atMost.compareTo(Duration.ZERO) > 0 && atMost.compareTo(Duration.ofDays(1)) <= 0,
        "atMost is %s; it must be more than zero and at most a day",
        LogEscaper.seconds(atMost));
    return prepared(Preparation.SHUT_OFF, atMost);
  }

  /**
   * Lets the guest agent freeze the file systems while libvirt takes an external snapshot of the
   * disks, and thaws them afterwards, also if the snapshot fails. If the agent cannot be queried,
   * no snapshot is taken.
   *
   * @throws IllegalStateException after another preparation, or after {@link #withMemory}: memory
   *     includes unwritten data, so freezing is unnecessary
   * @see SnapshotCreateFlag#QUIESCE
   */
  public SnapshotMaker freezingFileSystems() {
    return prepared(Preparation.FREEZE, Duration.ZERO);
  }

  private SnapshotMaker prepared(Preparation preparation, Duration atMost) {
    checkState(
        settings.preparation() == Preparation.NONE || settings.preparation() == preparation,
        "pausingFirst(), shuttingOffFirst(atMost) and freezingFileSystems() exclude each other: use"
            + " one of them");
    checkMemory(settings.withMemory(), preparation);
    return new SnapshotMaker(settings.prepared(preparation, atMost));
  }

  private static void checkMemory(boolean withMemory, Preparation preparation) {
    boolean excludes = preparation == Preparation.SHUT_OFF || preparation == Preparation.FREEZE;
    checkState(
        !withMemory || !excludes,
        "withMemory() and %s exclude each other: omit one of them",
        preparation == Preparation.FREEZE ? "freezingFileSystems()" : "shuttingOffFirst(atMost)");
  }

  /**
   * Returns what {@link #take} would do now, without doing it: which kind of snapshot, which parts
   * it includes, the room that it needs, and whether a revert to it would succeed. The guest agent
   * is queried if {@link #freezingFileSystems} was requested.
   *
   * @throws LibvirtException if libvirt does not return what each plan needs
   * @throws IllegalStateException if the snapshot has no name, the domain is closed, or libvirt's
   *     XML can't be read
   */
  public SnapshotPlan plan() throws LibvirtException {
    settings.request();
    try (Domain own = settings.domain().duplicate()) {
      return new SnapshotRun(settings, own).plan();
    }
  }

  /**
   * Takes the snapshot, restores the guest, and checks the snapshot: its description, and the
   * images as far as a storage pool has them. The caller may close the domain at any time.
   *
   * @return the snapshot, which the caller closes; it is as {@link #plan} predicted
   * @throws SnapshotException if the plan has refusals, so that nothing was changed; if the
   *     snapshot could not be taken; or if it was taken, but is not as planned or the guest could
   *     not be restored
   * @throws LibvirtException if the plan fails; nothing was changed
   * @throws IllegalStateException if the snapshot has no name, the domain is closed, or libvirt's
   *     XML can't be read; nothing was changed
   * @see LibvirtLibrary#virDomainSnapshotCreateXML
   */
  public TakenSnapshot take() throws LibvirtException {
    settings.request();
    try (Domain own = settings.domain().duplicate()) {
      return new SnapshotRun(settings, own).take();
    }
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return "SnapshotMaker["
        + settings.domain()
        + ", "
        + settings.name().map(LogEscaper::quote).orElse("no name")
        + "]";
  }
}
