package io.github.libvirtsnapshot.plan.rules;

import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.Optional;
import java.util.Set;

/**
 * A bitmap in an image: QEMU cannot revert internal snapshots in an image with bitmaps.
 *
 * @param image the image
 * @param name the name of the bitmap; empty if only a checkpoint of the domain shows that there is
 *     one
 * @param isOpen whether the guest is active, so that QEMU has the image open
 */
public record BlockingBitmap(String image, Optional<String> name, boolean isOpen) {
  /**
   * Finds a bitmap in images of the domain. The image of a domain that is shut off shows its
   * bitmaps. The image of a running guest may lack those that QEMU has in memory, so the
   * checkpoints of the domain matter too.
   */
  public static Optional<BlockingBitmap> in(Facts facts, Set<String> images) {
    return images.stream()
        .flatMap(image -> stored(facts, image).or(() -> implied(facts, image)).stream())
        .findFirst();
  }

  private static Optional<Qcow2Image> read(Facts facts, String image) {
    return facts.domainFacts().images().readings().qcow2(image);
  }

  private static Optional<BlockingBitmap> stored(Facts facts, String image) {
    return read(facts, image).stream()
        .flatMap(qcow2 -> qcow2.bitmaps().stream())
        .findFirst()
        .map(
            bitmap ->
                new BlockingBitmap(image, Optional.of(bitmap.name()), facts.before().isActive()));
  }

  private static Optional<BlockingBitmap> implied(Facts facts, String image) {
    boolean allAreStored = !facts.before().isActive() && read(facts, image).isPresent();
    return !allAreStored && facts.domainFacts().hasCheckpointIn(Set.of(image))
        ? Optional.of(new BlockingBitmap(image, Optional.empty(), facts.before().isActive()))
        : Optional.empty();
  }

  /** Returns why the bitmap prevents a revert to an internal snapshot. */
  public String reason() {
    return name.map(
            bitmap ->
                LogEscaper.quote(image)
                    + " contains the bitmap "
                    + LogEscaper.quote(bitmap)
                    + ", and QEMU cannot revert internal snapshots in images with bitmaps")
        .orElse(
            "the domain has checkpoints, and QEMU cannot revert internal snapshots in images with"
                + " checkpoints");
  }

  /** libvirt deletes the bitmap of a checkpoint only if the guest is active. */
  public String wayOut() {
    String checkpoint = "delete the checkpoint: virsh checkpoint-delete DOMAIN CHECKPOINT";
    if (name.isEmpty()) {
      return isOpen
          ? checkpoint
          : checkpoint + " --metadata, and its bitmap, if qemu-img info IMAGE lists one";
    }
    String removal =
        "qemu-img bitmap --remove "
            + ShellText.word(image.startsWith("/") ? image : "", "IMAGE")
            + " "
            + ShellText.word(name.get(), "BITMAP");
    return isOpen
        ? checkpoint + "; if there is none, shut the domain off, then: " + removal
        : checkpoint + " --metadata, if there is one; then remove the bitmap: " + removal;
  }
}
