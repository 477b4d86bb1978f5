package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.Images;
import io.github.libvirtsnapshot.images.Images.SnapshotDisk;
import io.github.libvirtsnapshot.internal.LogText;
import io.github.libvirtsnapshot.plan.Certainty;
import io.github.libvirtsnapshot.plan.Content;
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
final class Contents {
  private final Facts facts;
  private final SnapshotDescription snapshot;
  private final Images images;

  /** The names of the snapshots on the way to it. */
  private final Set<String> ancestors;

  private Contents(Facts facts) {
    this.facts = facts;
    this.snapshot = facts.target();
    this.images = facts.surroundings().images();
    this.ancestors = images.ancestors(snapshot);
  }

  static List<Content> of(Facts facts) {
    return new Contents(facts).all();
  }

  private List<Content> all() {
    ImmutableList.Builder<Content> contents = ImmutableList.builder();
    snapshot.disks().stream().filter(Disk::isWritable).forEach(disk -> contents.add(ofDisk(disk)));
    if (facts.snapshot().hasMemory()) {
      contents.add(ofMemory());
    }
    facts.nvramThen().ifPresent(nvram -> contents.add(ofNvram(nvram)));
    return contents.build();
  }

  private Content ofDisk(Disk disk) {
    String part = "disk " + LogText.escape(disk.target());
    boolean floppy = disk.device().equals("floppy") && !facts.snapshot().hasMemory();
    if (snapshot.isInternal(disk) ? floppy : !snapshot.isExternal(disk)) {
      return new Content(part, Certainty.NOT_INCLUDED, "it stays as it is now");
    }
    if (!facts.surroundings().snapshotsKnown()) {
      return new Content(
          part, Certainty.DOUBTFUL, "the other snapshots of the domain could not be read");
    }
    Stream<Content> ofBase =
        images.unexplained(snapshot, disk).stream().map(earlier -> ofBase(part, disk, earlier));
    Stream<Content> ofUnknown =
        images.perhapsBeneath(snapshot, disk).stream()
            .map(other -> ofUnknownBase(part, disk, other));
    return Streams.concat(
            ofBase,
            ofUnknown,
            ofOtherDomains(part, disk),
            images.frozen(snapshot, disk).stream().flatMap(image -> doubts(part, image).stream()))
        .max(Comparator.comparing(Content::certainty))
        .orElseGet(() -> Content.certain(part));
  }

  private Stream<Content> ofOtherDomains(String part, Disk disk) {
    return facts.surroundings().othersKnown() || images.sufficeFor(snapshot, disk)
        ? Stream.empty()
        : Stream.of(
            new Content(
                part,
                Certainty.DOUBTFUL,
                "whether another domain writes to what it is in or based on is not known"));
  }

  private static Content ofBase(String part, Disk disk, SnapshotDescription earlier) {
    return new Content(
        part,
        Certainty.DOUBTFUL,
        "what "
            + LogText.quote(disk.image())
            + " is based on is not known: the disk was in another image when snapshot "
            + LogText.quote(earlier.name())
            + " was taken, and no snapshot of today tells how it came here");
  }

  private static Content ofUnknownBase(String part, Disk disk, String other) {
    return new Content(
        part,
        Certainty.DOUBTFUL,
        "what "
            + LogText.quote(disk.image())
            + " is based on is not known, and could be "
            + LogText.quote(other)
            + ", which the disk has had too");
  }

  private List<Content> doubts(String part, String image) {
    List<Content> doubts = new ArrayList<>();
    String words = LogText.quote(image);
    if (images.written().contains(image)) {
      doubts.add(
          new Content(
              part, Certainty.SPOILED, words + " was written to since: the domain has it again"));
    }
    images
        .writersOf(image)
        .forEach(
            domain ->
                doubts.add(
                    new Content(
                        part,
                        Certainty.DOUBTFUL,
                        "domain " + LogText.quote(domain.name()) + " writes to " + words)));
    List<SnapshotDisk> writing = images.snapshotsWriting(image);
    writing.forEach(other -> doubt(part, other).ifPresent(doubts::add));
    if (!writing.isEmpty() && !images.isRaw(image)) {
      doubts.add(
          new Content(
              part,
              Certainty.UNRECORDED,
              words + " may have been written to through a snapshot that was deleted since"));
    }
    return doubts;
  }

  /** Another snapshot that was taken of the image shows that the domain wrote to it. */
  private Optional<Content> doubt(String part, SnapshotDisk writing) {
    SnapshotDescription other = writing.snapshot();
    if (other.name().equals(snapshot.name())) {
      return Optional.empty();
    }
    String words = LogText.quote(writing.disk().image());
    String name = LogText.quote(other.name());
    if (!ancestors.contains(other.name()) && other.taken() >= snapshot.taken()) {
      return Optional.of(
          new Content(
              part,
              Certainty.SPOILED,
              words + " was written to since: snapshot " + name + " was taken of it"));
    }
    return other.isInternal(writing.disk())
        ? Optional.of(
            new Content(
                part,
                Certainty.DOUBTFUL,
                "a revert to snapshot " + name + " since would have changed " + words))
        : Optional.empty();
  }

  private Content ofMemory() {
    String part = "memory";
    Optional<String> file = snapshot.details().memory().file();
    if (file.isEmpty()) {
      return Content.certain(part);
    }
    return images.snapshots().stream()
        .filter(other -> !other.isSameAs(snapshot) && other.details().memory().file().equals(file))
        .findFirst()
        .map(
            other ->
                new Content(
                    part,
                    Certainty.DOUBTFUL,
                    LogText.quote(file.get())
                        + " is also the memory of snapshot "
                        + LogText.quote(other.name())))
        .orElseGet(() -> Content.certain(part));
  }

  /** QEMU saves the NVRAM with the memory, and writes it back when the guest runs. */
  private Content ofNvram(Nvram nvram) {
    String part = "NVRAM";
    if (facts.has(RevertFlag.RESET_NVRAM) && !facts.snapshot().hasMemory()) {
      return new Content(part, Certainty.NOT_INCLUDED, "RESET_NVRAM makes it anew");
    }
    boolean withMemory = facts.snapshot().hasMemory();
    boolean withDisks = !facts.snapshot().external() && nvram.isQcow2();
    return withMemory || withDisks
        ? Content.certain(part)
        : new Content(part, Certainty.NOT_INCLUDED, "it stays as it is now");
  }
}
