package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.facts.DomainAfterFailure;
import io.github.libvirtsnapshot.plan.rules.OverlayNames;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The parts of a domain that libvirt changed although the revert failed.
 *
 * @param exposedImage the image of the snapshot that the next start of the domain would write to,
 *     if there is one
 * @param imageOfPausedGuest the image of the snapshot that the guest would write to when it is
 *     resumed, if there is one
 * @param replacedDefinition whether the definition for the next start became the snapshot's
 * @param revertedDisks the disks whose images have the content of the snapshot
 * @param otherDisks the disks of the snapshot whose images have another content
 * @param unreadDisks the disks of the snapshot whose images the library could not read
 * @param disksOnOverlays the disks that are on overlays of the snapshot's images, which a revert
 *     created
 * @param changed the reverted disks that differ from the snapshot because a backing image changed
 */
public record PartialRevert(
    Optional<String> exposedImage,
    Optional<String> imageOfPausedGuest,
    boolean replacedDefinition,
    List<String> revertedDisks,
    List<String> otherDisks,
    List<String> unreadDisks,
    List<String> disksOnOverlays,
    List<RestoredPart> changed) {
  /** Nothing was changed, or nothing is known. */
  public static final PartialRevert NONE = ofPausedGuest(Optional.empty());

  /** Copies the lists. */
  public PartialRevert {
    revertedDisks = List.copyOf(revertedDisks);
    otherDisks = List.copyOf(otherDisks);
    unreadDisks = List.copyOf(unreadDisks);
    disksOnOverlays = List.copyOf(disksOnOverlays);
    changed = List.copyOf(changed);
  }

  /**
   * Compares a domain with the snapshot after the revert failed.
   *
   * @param changesDefinition whether the definition was not the snapshot's before the revert
   */
  static PartialRevert of(
      DomainAfterFailure domain, SnapshotDescription target, boolean changesDefinition) {
    Optional<String> exposed = exposedImage(domain.definition(), List.of(target));
    boolean isThatOfSnapshot = DefinitionDiff.onRevert(domain.definition(), target).isEmpty();
    return new PartialRevert(
        exposed,
        Optional.empty(),
        exposed.isPresent() || (changesDefinition && isThatOfSnapshot),
        disks(domain, Optional.of(true)),
        disks(domain, Optional.of(false)),
        disks(domain, Optional.empty()),
        disksOnOverlays(domain.definition(), target),
        changed(domain, target));
  }

  /**
   * Compares a domain with its safety snapshot after the rollback failed.
   *
   * @param target the snapshot of the revert that failed before
   */
  static PartialRevert ofRollback(
      DomainAfterFailure domain, SnapshotDescription safety, Optional<SnapshotDescription> target) {
    return new PartialRevert(
        exposedImage(
            domain.definition(), Stream.concat(Stream.of(safety), target.stream()).toList()),
        Optional.empty(),
        false,
        disks(domain, Optional.of(true)),
        disks(domain, Optional.of(false)),
        disks(domain, Optional.empty()),
        ImmutableList.of(),
        changed(domain, safety));
  }

  /**
   * Compares a guest that a failed revert left paused with the snapshots of the revert and of its
   * rollback.
   *
   * @param definition the definition of the guest
   */
  static PartialRevert ofPausedGuest(XmlNode definition, List<SnapshotDescription> snapshots) {
    return ofPausedGuest(exposedImage(definition, snapshots));
  }

  private static PartialRevert ofPausedGuest(Optional<String> image) {
    return new PartialRevert(
        Optional.empty(),
        image,
        false,
        ImmutableList.of(),
        ImmutableList.of(),
        ImmutableList.of(),
        ImmutableList.of(),
        ImmutableList.of());
  }

  /**
   * A revert to an external snapshot replaces the definition of the domain before it creates the
   * new overlays: if it fails in between, the disks are in the images of the snapshot.
   */
  private static Optional<String> exposedImage(
      XmlNode definition, List<SnapshotDescription> snapshots) {
    return Disk.of(definition).stream()
        .filter(Disk::isWritable)
        .map(Disk::image)
        .filter(image -> snapshots.stream().anyMatch(snapshot -> needs(snapshot, image)))
        .findFirst();
  }

  private static boolean needs(SnapshotDescription snapshot, String image) {
    return snapshot.disks().stream()
        .anyMatch(disk -> snapshot.isExternal(disk) && disk.writesTo(image));
  }

  private static List<String> disksOnOverlays(XmlNode definition, SnapshotDescription target) {
    return target.isExternal()
        ? Disk.of(definition).stream()
            .filter(Disk::isWritable)
            .filter(
                disk ->
                    target
                        .disk(disk.target())
                        .filter(then -> OverlayNames.isFromRevert(disk.image(), then.image()))
                        .isPresent())
            .map(Disk::target)
            .toList()
        : ImmutableList.of();
  }

  /**
   * A revert does not change backing images, so their times show whether they are still the same.
   */
  private static List<RestoredPart> changed(
      DomainAfterFailure domain, SnapshotDescription snapshot) {
    ObservedChanges observed = new ObservedChanges(snapshot, domain.readings());
    return disks(domain, Optional.of(true)).stream()
        .flatMap(
            target ->
                snapshot.disk(target).stream()
                    .flatMap(disk -> domain.readings().beneath(disk.image()).stream())
                    .flatMap(image -> observed.ofChange(image).stream())
                    .map(finding -> finding.of("disk " + target))
                    .filter(part -> !part.isKept())
                    .limit(1))
        .toList();
  }

  private static List<String> disks(DomainAfterFailure domain, Optional<Boolean> reverted) {
    return domain.reverted().entrySet().stream()
        .filter(disk -> disk.getValue().equals(reverted))
        .map(Map.Entry::getKey)
        .toList();
  }
}
