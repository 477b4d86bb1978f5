package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageGraph.SnapshotDisk;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Deduces from the snapshots and the domains of the host which images may have changed since a
 * snapshot was taken: if a domain uses an image as a disk again, if another snapshot was taken of
 * it, or if a domain was reverted to an internal snapshot in it.
 */
final class DeducedChanges {
  private final Facts facts;
  private final SnapshotDescription snapshot;
  private final ImageGraph images;

  /** The names of the snapshot's ancestors. */
  private final Set<String> ancestors;

  DeducedChanges(Facts facts) {
    this.facts = facts;
    this.snapshot = facts.target();
    this.images = facts.domainFacts().images();
    this.ancestors = images.ancestors(snapshot);
  }

  /** Returns what is unknown about the images that a disk of the snapshot is based on. */
  Stream<Finding> ofBase(Disk disk) {
    if (images.isChainRead(disk.image())) {
      return Stream.empty();
    }
    if (!facts.domainFacts().snapshotsKnown()) {
      return Stream.of(Finding.atRisk("the other snapshots of the domain could not be read"));
    }
    return Stream.of(
            images.unknownBase(snapshot, disk).map(earlier -> unknownBase(disk, earlier)),
            images.possibleBase(snapshot, disk).map(other -> possibleBase(disk, other)),
            otherDomains(disk))
        .flatMap(Optional::stream);
  }

  private Optional<Finding> otherDomains(Disk disk) {
    return facts.domainFacts().othersKnown() || images.sufficeFor(snapshot, disk)
        ? Optional.empty()
        : Optional.of(
            Finding.atRisk(
                "another domain could write to its image or backing images: not all other domains"
                    + " could be read"));
  }

  private static Finding unknownBase(Disk disk, SnapshotDescription earlier) {
    return Finding.atRisk(
        "the backing image of "
            + LogEscaper.quote(disk.image())
            + " is unknown: the disk was in another image when snapshot "
            + LogEscaper.quote(earlier.name())
            + " was taken, and no existing snapshot shows how the two images are related");
  }

  private static Finding possibleBase(Disk disk, String other) {
    return Finding.atRisk(
        "the backing image of "
            + LogEscaper.quote(disk.image())
            + " is unknown and could be "
            + LogEscaper.quote(other)
            + ", another image of the same disk");
  }

  /** Returns which active domain can write to an image at any time. */
  Stream<Finding> ofActiveUse(String image) {
    return Stream.concat(
        ownUse(image).filter(use -> facts.before().isActive()).stream(),
        images.writersOf(image).stream().filter(OtherDomain::active).map(use(image)));
  }

  private Optional<Finding> ownUse(String image) {
    return Optional.of(image)
        .filter(images.written()::contains)
        .map(LogEscaper::quote)
        .map(words -> Finding.changed(words + " was written to since: the domain uses it again"));
  }

  private static Function<OtherDomain, Finding> use(String image) {
    return domain ->
        Finding.atRisk(
            "domain " + LogEscaper.quote(domain.name()) + " writes to " + LogEscaper.quote(image));
  }

  /** Returns how an image may have changed that must not change for the snapshot. */
  Stream<Finding> ofChange(String image) {
    List<Finding> findings = new ArrayList<>();
    ownUse(image).ifPresent(findings::add);
    images.writersOf(image).stream().map(use(image)).forEach(findings::add);
    String words = LogEscaper.quote(image);
    List<SnapshotDisk> writing = images.snapshotsWriting(image);
    writing.forEach(other -> otherSnapshot(other).ifPresent(findings::add));
    if (!writing.isEmpty() && !images.isRaw(image)) {
      findings.add(
          new Finding(
              Certainty.UNVERIFIED,
              words
                  + " may have been written to after a revert to a snapshot that was deleted"
                  + " since"));
    }
    return findings.stream();
  }

  /** A later snapshot of the image shows that the domain wrote to the image. */
  private Optional<Finding> otherSnapshot(SnapshotDisk writing) {
    SnapshotDescription other = writing.snapshot();
    if (other.name().equals(snapshot.name())) {
      return Optional.empty();
    }
    String words = LogEscaper.quote(writing.disk().image());
    String name = LogEscaper.quote(other.name());
    if (!ancestors.contains(other.name()) && other.taken() >= snapshot.taken()) {
      return Optional.of(
          Finding.changed(words + " was written to since: snapshot " + name + " was taken of it"));
    }
    return other.isInternal(writing.disk())
        ? Optional.of(
            Finding.atRisk(
                "a revert to snapshot " + name + " since then would have changed " + words))
        : Optional.empty();
  }

  /** Returns which other snapshot has the same memory file. */
  Optional<Finding> ofMemoryFile(String file) {
    return images.snapshots().stream()
        .filter(
            other ->
                !other.isSameAs(snapshot)
                    && other.details().memory().file().equals(Optional.of(file)))
        .findFirst()
        .map(
            other ->
                Finding.atRisk(
                    LogEscaper.quote(file)
                        + " is also the memory file of snapshot "
                        + LogEscaper.quote(other.name())));
  }
}
