package io.github.libvirtsnapshot.plan.rules;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The images that QEMU locks during a revert. QEMU cannot lock an image to write to it while
 * another guest has the image open, and cannot lock an image to read it while another guest writes
 * to the image.
 */
final class LockedImages {
  private final Facts facts;
  private final SnapshotDescription target;
  private final ImageGraph images;

  LockedImages(Facts facts) {
    this.facts = facts;
    this.target = facts.target();
    this.images = facts.domainFacts().images();
  }

  /** Returns how a revert fails because the guest of another domain has an image open. */
  Optional<Refusal> inUse() {
    return openWhereWritten().or(this::writtenWhereRead);
  }

  private Optional<Refusal> openWhereWritten() {
    return target.rewritten().stream()
        .flatMap(image -> images.usersOf(image).stream())
        .filter(OtherDomain::active)
        .findFirst()
        .map(other -> refusal(other, "has an image of the snapshot open"));
  }

  private Optional<Refusal> writtenWhereRead() {
    return read()
        .flatMap(
            image ->
                images.writersOf(image).stream()
                    .filter(other -> locks(other, image))
                    .map(
                        other ->
                            refusal(
                                other,
                                "writes to "
                                    + LogEscaper.quote(image)
                                    + ", an image of the snapshot")))
        .findFirst();
  }

  /** The guest of a transient disk writes to an overlay. */
  private static boolean locks(OtherDomain other, String image) {
    return other.active()
        && other.disks().stream().anyMatch(disk -> disk.writesTo(image) && !disk.isTransient());
  }

  private static Refusal refusal(OtherDomain other, String what) {
    return new Refusal(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        true,
        "the guest of domain " + LogEscaper.quote(other.name()) + " " + what,
        QemuRules.SHUT_OFF_FIRST);
  }

  /** An external revert creates an overlay of each image, so that QEMU only reads the image. */
  private Stream<String> read() {
    return locksImagesThatItReads()
        ? target.disks().stream()
            .filter(disk -> !disk.image().isEmpty())
            .flatMap(
                disk ->
                    (target.isExternal() || !disk.isWritable()
                            ? images.andBeneath(disk.image())
                            : images.beneath(disk.image()))
                        .stream())
            .distinct()
        : Stream.empty();
  }

  /** After a revert to memory in a file, QEMU locks the images only when the guest resumes. */
  private boolean locksImagesThatItReads() {
    boolean waitsForResume =
        target.isExternal()
            && facts.snapshot().hasMemory()
            && facts.hasTargetState(DomainState.PAUSED);
    return facts.startsProcess() && !waitsForResume;
  }
}
