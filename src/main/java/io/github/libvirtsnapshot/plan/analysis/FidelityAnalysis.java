package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageGraph.SnapshotDisk;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Certainty;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Analyzes for each part of a QEMU snapshot how certain it is that a revert restores it.
 *
 * <p>An internal snapshot is stored in its image; only the backing images must be unchanged. The
 * contents of an external snapshot are the contents of its image, so the image itself must be
 * unchanged, too. An image may have changed since the snapshot if a domain uses it as a disk again,
 * if another snapshot was taken of it, or if a domain was reverted to an internal snapshot in it.
 */
final class FidelityAnalysis {
  private final Facts facts;
  private final SnapshotDescription snapshot;
  private final ImageGraph images;

  /** The names of the snapshot's ancestors. */
  private final Set<String> ancestors;

  private FidelityAnalysis(Facts facts) {
    this.facts = facts;
    this.snapshot = facts.target();
    this.images = facts.domainFacts().images();
    this.ancestors = images.ancestors(snapshot);
  }

  static List<RestoredPart> of(Facts facts) {
    return new FidelityAnalysis(facts).all();
  }

  private List<RestoredPart> all() {
    ImmutableList.Builder<RestoredPart> contents = ImmutableList.builder();
    snapshot.disks().stream().filter(Disk::isWritable).forEach(disk -> contents.add(ofDisk(disk)));
    if (facts.snapshot().hasMemory()) {
      contents.add(ofMemory());
    }
    facts.nvramThen().ifPresent(nvram -> contents.add(ofNvram(nvram)));
    return contents.build();
  }

  private RestoredPart ofDisk(Disk disk) {
    String part = "disk " + LogEscaper.escape(disk.target());
    boolean floppy = disk.device().equals("floppy") && !facts.snapshot().hasMemory();
    if (snapshot.isInternal(disk) ? floppy : !snapshot.isExternal(disk)) {
      return new RestoredPart(part, Certainty.NOT_INCLUDED, "a revert does not change it");
    }
    if (!facts.domainFacts().snapshotsKnown()) {
      return new RestoredPart(
          part, Certainty.AT_RISK, "the other snapshots of the domain could not be read");
    }
    Stream<RestoredPart> ofBase =
        images.unknownBase(snapshot, disk).stream().map(earlier -> ofBase(part, disk, earlier));
    Stream<RestoredPart> ofUnknown =
        images.possibleBase(snapshot, disk).stream().map(other -> ofUnknownBase(part, disk, other));
    return Streams.concat(
            ofBase,
            ofUnknown,
            ofOtherDomains(part, disk),
            images.frozen(snapshot, disk).stream().flatMap(image -> findings(part, image).stream()))
        .max(Comparator.comparing(RestoredPart::certainty))
        .orElseGet(() -> RestoredPart.certain(part));
  }

  private Stream<RestoredPart> ofOtherDomains(String part, Disk disk) {
    return facts.domainFacts().othersKnown() || images.sufficeFor(snapshot, disk)
        ? Stream.empty()
        : Stream.of(
            new RestoredPart(
                part,
                Certainty.AT_RISK,
                "another domain could write to its image or backing images: not all other domains"
                    + " could be read"));
  }

  private static RestoredPart ofBase(String part, Disk disk, SnapshotDescription earlier) {
    return new RestoredPart(
        part,
        Certainty.AT_RISK,
        "the backing image of "
            + LogEscaper.quote(disk.image())
            + " is unknown: the disk was in another image when snapshot "
            + LogEscaper.quote(earlier.name())
            + " was taken, and no existing snapshot shows how the two images are related");
  }

  private static RestoredPart ofUnknownBase(String part, Disk disk, String other) {
    return new RestoredPart(
        part,
        Certainty.AT_RISK,
        "the backing image of "
            + LogEscaper.quote(disk.image())
            + " is unknown and could be "
            + LogEscaper.quote(other)
            + ", another image of the same disk");
  }

  private List<RestoredPart> findings(String part, String image) {
    List<RestoredPart> findings = new ArrayList<>();
    String words = LogEscaper.quote(image);
    if (images.written().contains(image)) {
      findings.add(
          new RestoredPart(
              part, Certainty.CHANGED, words + " was written to since: the domain uses it again"));
    }
    images
        .writersOf(image)
        .forEach(
            domain ->
                findings.add(
                    new RestoredPart(
                        part,
                        Certainty.AT_RISK,
                        "domain " + LogEscaper.quote(domain.name()) + " writes to " + words)));
    List<SnapshotDisk> writing = images.snapshotsWriting(image);
    writing.forEach(other -> otherSnapshot(part, other).ifPresent(findings::add));
    if (!writing.isEmpty() && !images.isRaw(image)) {
      findings.add(
          new RestoredPart(
              part,
              Certainty.UNVERIFIED,
              words
                  + " may have been written to after a revert to a snapshot that was deleted"
                  + " since"));
    }
    return findings;
  }

  /** A later snapshot of the image shows that the domain wrote to the image. */
  private Optional<RestoredPart> otherSnapshot(String part, SnapshotDisk writing) {
    SnapshotDescription other = writing.snapshot();
    if (other.name().equals(snapshot.name())) {
      return Optional.empty();
    }
    String words = LogEscaper.quote(writing.disk().image());
    String name = LogEscaper.quote(other.name());
    if (!ancestors.contains(other.name()) && other.taken() >= snapshot.taken()) {
      return Optional.of(
          new RestoredPart(
              part,
              Certainty.CHANGED,
              words + " was written to since: snapshot " + name + " was taken of it"));
    }
    return other.isInternal(writing.disk())
        ? Optional.of(
            new RestoredPart(
                part,
                Certainty.AT_RISK,
                "a revert to snapshot " + name + " since then would have changed " + words))
        : Optional.empty();
  }

  private RestoredPart ofMemory() {
    String part = "memory";
    Optional<String> file = snapshot.details().memory().file();
    if (file.isEmpty()) {
      return RestoredPart.certain(part);
    }
    return images.snapshots().stream()
        .filter(other -> !other.isSameAs(snapshot) && other.details().memory().file().equals(file))
        .findFirst()
        .map(
            other ->
                new RestoredPart(
                    part,
                    Certainty.AT_RISK,
                    LogEscaper.quote(file.get())
                        + " is also the memory file of snapshot "
                        + LogEscaper.quote(other.name())))
        .orElseGet(() -> RestoredPart.certain(part));
  }

  /** QEMU saves the NVRAM with the memory, and writes it to the file when the guest runs. */
  private RestoredPart ofNvram(Nvram nvram) {
    String part = "NVRAM";
    if (facts.has(RevertFlag.RESET_NVRAM) && !facts.snapshot().hasMemory()) {
      return new RestoredPart(
          part, Certainty.NOT_INCLUDED, "RESET_NVRAM replaces it with a new one");
    }
    boolean withMemory = facts.snapshot().hasMemory();
    boolean withDisks = !facts.snapshot().external() && nvram.isQcow2();
    return withMemory || withDisks
        ? RestoredPart.certain(part)
        : new RestoredPart(part, Certainty.NOT_INCLUDED, "a revert does not change it");
  }
}
