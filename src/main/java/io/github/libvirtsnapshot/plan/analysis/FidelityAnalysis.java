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
 * Says of each part of a snapshot on QEMU how certain it is that a revert brings it back.
 *
 * <p>An internal snapshot is in its image, and only what lies beneath has to be as it was. An
 * external one is whatever its image holds, so the image itself has to be as it was. An image can
 * have been changed since if a domain has it as its disk again, if another snapshot was taken of
 * it, or if an internal snapshot in it was reverted to.
 */
final class FidelityAnalysis {
  private final Facts facts;
  private final SnapshotDescription snapshot;
  private final ImageGraph images;

  /** The names of the snapshots on the way to it. */
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
      return new RestoredPart(part, Certainty.NOT_INCLUDED, "it stays as it is now");
    }
    if (!facts.domainFacts().snapshotsKnown()) {
      return new RestoredPart(
          part, Certainty.AT_RISK, "the other snapshots of the domain could not be read");
    }
    Stream<RestoredPart> ofBase =
        images.unexplained(snapshot, disk).stream().map(earlier -> ofBase(part, disk, earlier));
    Stream<RestoredPart> ofUnknown =
        images.perhapsBeneath(snapshot, disk).stream()
            .map(other -> ofUnknownBase(part, disk, other));
    return Streams.concat(
            ofBase,
            ofUnknown,
            ofOtherDomains(part, disk),
            images.frozen(snapshot, disk).stream().flatMap(image -> doubts(part, image).stream()))
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
                "whether another domain writes to what it is in or based on is not known"));
  }

  private static RestoredPart ofBase(String part, Disk disk, SnapshotDescription earlier) {
    return new RestoredPart(
        part,
        Certainty.AT_RISK,
        "what "
            + LogEscaper.quote(disk.image())
            + " is based on is not known: the disk was in another image when snapshot "
            + LogEscaper.quote(earlier.name())
            + " was taken, and no snapshot of today tells how it came here");
  }

  private static RestoredPart ofUnknownBase(String part, Disk disk, String other) {
    return new RestoredPart(
        part,
        Certainty.AT_RISK,
        "what "
            + LogEscaper.quote(disk.image())
            + " is based on is not known, and could be "
            + LogEscaper.quote(other)
            + ", which the disk has had too");
  }

  private List<RestoredPart> doubts(String part, String image) {
    List<RestoredPart> doubts = new ArrayList<>();
    String words = LogEscaper.quote(image);
    if (images.written().contains(image)) {
      doubts.add(
          new RestoredPart(
              part, Certainty.CHANGED, words + " was written to since: the domain has it again"));
    }
    images
        .writersOf(image)
        .forEach(
            domain ->
                doubts.add(
                    new RestoredPart(
                        part,
                        Certainty.AT_RISK,
                        "domain " + LogEscaper.quote(domain.name()) + " writes to " + words)));
    List<SnapshotDisk> writing = images.snapshotsWriting(image);
    writing.forEach(other -> doubt(part, other).ifPresent(doubts::add));
    if (!writing.isEmpty() && !images.isRaw(image)) {
      doubts.add(
          new RestoredPart(
              part,
              Certainty.UNVERIFIED,
              words + " may have been written to through a snapshot that was deleted since"));
    }
    return doubts;
  }

  /** Another snapshot that was taken of the image shows that the domain wrote to it. */
  private Optional<RestoredPart> doubt(String part, SnapshotDisk writing) {
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
                "a revert to snapshot " + name + " since would have changed " + words))
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
                        + " is also the memory of snapshot "
                        + LogEscaper.quote(other.name())))
        .orElseGet(() -> RestoredPart.certain(part));
  }

  /** QEMU saves the NVRAM with the memory, and writes it back when the guest runs. */
  private RestoredPart ofNvram(Nvram nvram) {
    String part = "NVRAM";
    if (facts.has(RevertFlag.RESET_NVRAM) && !facts.snapshot().hasMemory()) {
      return new RestoredPart(part, Certainty.NOT_INCLUDED, "RESET_NVRAM makes it anew");
    }
    boolean withMemory = facts.snapshot().hasMemory();
    boolean withDisks = !facts.snapshot().external() && nvram.isQcow2();
    return withMemory || withDisks
        ? RestoredPart.certain(part)
        : new RestoredPart(part, Certainty.NOT_INCLUDED, "it stays as it is now");
  }
}
