package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.analysis.Planner;
import io.github.libvirtsnapshot.plan.facts.NewSnapshot;
import io.github.libvirtsnapshot.plan.facts.OverlayTurns;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import io.github.libvirtsnapshot.snapshots.descriptions.SafetySnapshotNote;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotXml;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** A snapshot of the state before a revert, for the rollback and the undo. */
final class SafetySnapshot {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Domain domain;
  private final String name;
  private final SafetySnapshotOption.Kind kind;
  private final Optional<String> backingImages;

  /** The transient domain, which has to be created again if it is gone. */
  private Optional<TransientDomain> transientDomain = Optional.empty();

  private SafetySnapshot(Domain domain, String name, SafetySnapshotOption option) {
    this.domain = domain;
    this.name = name;
    this.kind = option.kind().orElseThrow();
    this.backingImages = option.backingImages();
  }

  /**
   * Returns a safety snapshot that does not exist yet.
   *
   * @param option has a kind
   */
  static SafetySnapshot of(Domain domain, SafetySnapshotOption option) {
    return new SafetySnapshot(domain, newName(Instant.now()), option);
  }

  /** Returns a unique name. */
  static String newName(Instant now) {
    return "before-revert-" + TIME.format(now) + "-" + UUID.randomUUID();
  }

  /**
   * Returns the name if it is that of a safety snapshot: other snapshots are neither undone nor
   * deleted.
   *
   * @throws IllegalArgumentException if the name does not have the form of a safety snapshot's name
   */
  static String checkName(String name) {
    checkArgument(
        SafetySnapshotNote.isName(checkNotNull(name, "safetySnapshot is null")),
        "%s is not the name of a safety snapshot; revert to it with to(name), or: revert-domain"
            + " without --undo; delete it with DomainSnapshot.delete(), or: virsh snapshot-delete",
        LogEscaper.quote(name));
    return name;
  }

  static Optional<String> checkName(Optional<String> name) {
    return checkNotNull(name, "safetySnapshot is null").map(SafetySnapshot::checkName);
  }

  String name() {
    return name;
  }

  /** Creates the snapshot, with the memory of the guest if the domain is active. */
  void take(RevertRequest request, DomainStatus before) throws LibvirtException {
    if (kind == SafetySnapshotOption.Kind.INTERNAL) {
      domain.snapshotCreateXML(xml(request, Optional.empty())).close();
    } else if (before.isActive()) {
      domain.snapshotCreateXML(xml(request, Optional.of(memory()))).close();
    } else {
      domain
          .snapshotCreateXML(xml(request, Optional.empty()), SnapshotCreateFlag.DISK_ONLY)
          .close();
    }
    if (!before.persistent()) {
      transientDomain = Optional.of(TransientDomain.of(domain, name));
    }
  }

  /**
   * Returns why libvirt cannot revert to this snapshot, which exists now. If QEMU chose the disk in
   * which it saved the memory, only the images show whether libvirt can load it.
   *
   * @param plan the plan of the revert
   */
  Optional<Refusal> refusal(RunContext run, RevertPlan plan) throws LibvirtException {
    boolean isChecked =
        kind == SafetySnapshotOption.Kind.INTERNAL
            && plan.before().isActive()
            && Planner.qemuChoosesMemoryDisk(plan);
    if (!isChecked) {
      return Optional.empty();
    }
    try (SnapshotCache snapshots = new SnapshotCache(domain)) {
      return hasSeveralDisks(snapshots.description(name))
          ? planToRestore(run, snapshots).refusal().filter(refusal -> !refusal.temporary())
          : Optional.empty();
    }
  }

  private static boolean hasSeveralDisks(SnapshotDescription snapshot) {
    return snapshot.disks().stream().filter(snapshot::isInternal).count() > 1;
  }

  private String xml(RevertRequest request, Optional<StorageLocation> memory) {
    String target = request.snapshot().orElse("the current snapshot");
    return new SnapshotXml(
            name,
            Optional.of(SafetySnapshotNote.text(target, backingImages)),
            memory,
            ImmutableMap.of())
        .text();
  }

  private StorageLocation memory() throws LibvirtException {
    return NewSnapshot.memoryFile(name, Disk.of(XmlNode.parse(domain.getXMLDesc())));
  }

  /** Reverts to the snapshot. FORCE is safe, as a managed save image fits the restored disks. */
  void restore() throws LibvirtException {
    if (transientDomain.isPresent() && isGone(domain)) {
      transientDomain.get().create(domain);
    }
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      restore(snapshot);
    }
  }

  /**
   * Returns the names of the overlays that {@link #restore} creates, as in {@link
   * SnapshotDescription#newOverlays}; none if libvirt does not return the XML of the snapshot.
   */
  Set<String> newOverlays() {
    return kind == SafetySnapshotOption.Kind.INTERNAL
        ? Set.of()
        : Tried.of(this::describe).value().map(SnapshotDescription::newOverlays).orElse(Set.of());
  }

  /**
   * Fetches and reads the XML of the snapshot, which libvirt changes when it reverts to an external
   * snapshot.
   */
  SnapshotDescription describe() throws LibvirtException {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      return SnapshotDescription.of(snapshot, name);
    }
  }

  /**
   * Returns the plan of {@link #restore}. The plan reads all snapshots again, because a revert that
   * failed can have changed them.
   */
  RevertPlan planToRestore(RunContext run) throws LibvirtException {
    try (SnapshotCache snapshots = new SnapshotCache(domain)) {
      return planToRestore(run, snapshots);
    }
  }

  private RevertPlan planToRestore(RunContext run, SnapshotCache snapshots)
      throws LibvirtException {
    return Planner.plan(
        snapshots,
        run.inventory(),
        RevertRequest.of(domain, Optional.of(name), RevertFlag.FORCE.value()),
        DomainStatus.of(domain),
        run.settings().poolCreation());
  }

  private void restore(DomainSnapshot snapshot) throws LibvirtException {
    try {
      domain.revertToSnapshot(snapshot, RevertFlag.FORCE);
    } catch (LibvirtException e) {
      if (!RetryPolicy.isOverlayOfThisSecond(e.getError())) {
        throw e;
      }
      Uninterruptibles.sleepUninterruptibly(OverlayTurns.UNTIL_NEXT_NAME);
      domain.revertToSnapshot(snapshot, RevertFlag.FORCE);
    }
  }

  /**
   * Deletes a safety snapshot if it exists. An external one is merged: each disk is in its original
   * image again.
   *
   * @return why the snapshot may still exist, if so
   */
  static Optional<Throwable> discard(Domain domain, String name) {
    return Tried.failure(() -> deleteFound(domain, name))
        .filter(failure -> !(failure instanceof NoSuchSnapshotException))
        .filter(failure -> !isGone(domain, name));
  }

  private static void deleteFound(Domain domain, String name) throws LibvirtException {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      checkDeletable(domain, snapshot);
      snapshot.delete();
    }
  }

  /**
   * Deletes a safety snapshot if it exists.
   *
   * @throws LibvirtException if the snapshot may still exist
   */
  static void delete(Domain domain, String name) throws LibvirtException {
    Optional<Throwable> obstacle = discard(domain, name);
    if (obstacle.isPresent()) {
      Throwables.throwIfInstanceOf(obstacle.get(), LibvirtException.class);
      Throwables.throwIfUnchecked(obstacle.get());
    }
  }

  /** Deletes this safety snapshot as {@link #discard(Domain, String)} does. */
  Optional<Throwable> discard() {
    return discard(domain, name);
  }

  /**
   * libvirtd 9.0 crashes if it deletes a snapshot with a disk that the active domain lacks. The
   * domain and the snapshot are read again, because reverts and other programs change both.
   */
  private static void checkDeletable(Domain domain, DomainSnapshot snapshot)
      throws LibvirtException {
    if (!domain.isActive()) {
      return;
    }
    List<Disk> disks = Disk.of(XmlNode.parse(domain.getXMLDesc()));
    Set<String> images = disks.stream().map(Disk::image).collect(Collectors.toSet());
    Set<String> targets = disks.stream().map(Disk::target).collect(Collectors.toSet());
    SnapshotDescription description = SnapshotDescription.parse(snapshot.getXMLDesc());
    Set<String> missing =
        Sets.union(
            Sets.difference(description.rewritten(), images),
            Sets.difference(description.details().disks().keySet(), targets));
    if (!missing.isEmpty()) {
      throw new LibvirtException(
          LibvirtError.none(
              "deleting the snapshot could crash libvirtd, as the domain no longer has \""
                  + missing.iterator().next()
                  + "\"; delete the snapshot when the domain is shut off"));
    }
  }

  /**
   * Returns whether another program has certainly deleted the snapshot. A transient domain that is
   * gone loses only the metadata of its snapshots.
   */
  boolean isDeleted() {
    return transientDomain.isEmpty() && isGone(domain, name);
  }

  private static boolean isGone(Domain domain) {
    return Tried.of(domain::getState)
        .failure()
        .filter(NoSuchDomainException.class::isInstance)
        .isPresent();
  }

  private static boolean isGone(Domain domain, String name) {
    return Tried.failure(() -> domain.snapshotLookupByName(name).close())
        .filter(NoSuchSnapshotException.class::isInstance)
        .isPresent();
  }

  /** Returns the command that restores the state; no part of it needs quoting in a shell. */
  static String restoreCommand(RevertRequest request, String name) {
    return "restore the previous state with: virsh snapshot-revert --force "
        + request.uuid()
        + " "
        + name;
  }

  /**
   * Writes the files for {@link #restoreCommandsOfGone(RevertRequest, String, Path)}.
   *
   * @return the folder, if the domain was transient and the files could be written
   */
  Optional<Path> writeFiles() {
    return transientDomain.flatMap(domainBefore -> Tried.of(domainBefore::write).value());
  }

  /**
   * Returns the commands that restore the state of a transient domain that is gone.
   *
   * @param folder the folder with the definition and the snapshots of the domain
   */
  static String restoreCommandsOfGone(RevertRequest request, String name, Path folder) {
    return "create the domain again from the files that this program wrote, which only its user can"
        + " read: cd "
        + ShellText.word(folder.toString(), "FOLDER")
        + "; virsh create --paused domain.xml; for file in snapshot-*.xml; do virsh"
        + " snapshot-create --redefine "
        + request.uuid()
        + " $file; done; then "
        + restoreCommand(request, name);
  }

  /** Returns the commands that restore only the disks of a domain that is gone. */
  static String restoreCommandsOfGone(String name) {
    return "restore the disks with: qemu-img snapshot -a "
        + name
        + " IMAGE (for each image), and start the domain with: virsh create FILE, if you have a"
        + " FILE with its definition; the memory of the guest is lost";
  }
}
