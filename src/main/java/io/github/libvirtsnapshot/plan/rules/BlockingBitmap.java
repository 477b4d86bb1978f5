package io.github.libvirtsnapshot.plan.rules;

import com.google.common.base.Strings;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A bitmap in an image: QEMU cannot revert internal snapshots in an image with bitmaps.
 *
 * @param image the image
 * @param name the name of the bitmap; empty if only a checkpoint of the domain shows that there is
 *     one
 * @param isOpen whether the guest is active, so that QEMU has the image open
 */
public record BlockingBitmap(String image, Optional<String> name, boolean isOpen) {
  /** The part of QEMU's message that all versions have. */
  private static final String REPORTED = "active dirty bitmaps";

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

  /**
   * Returns how to remove the bitmaps of which QEMU has reported that they prevent a revert, if
   * QEMU has, but which no plan found.
   *
   * @param failure the error of the revert
   * @param images the images that the revert writes to; no guest has them open
   */
  public static Optional<Refusal> reportedBy(LibvirtException failure, Set<String> images) {
    LibvirtError error = failure.getError();
    if (!Strings.nullToEmpty(error.getMessage()).contains(REPORTED)) {
      return Optional.empty();
    }
    String commands =
        images.stream()
            .map(BlockingBitmap::word)
            .map(image -> "qemu-img info " + image + "; " + removal(image, "BITMAP"))
            .collect(Collectors.joining("; "));
    return Optional.of(
        new Refusal(
            error.getCode(),
            true,
            "an image has a bitmap, and QEMU cannot revert internal snapshots in images with"
                + " bitmaps",
            "list the bitmaps of each image, and remove each bitmap (a plan of a reverter with"
                + " withTransientPools() names them): "
                + commands));
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
    String removal = removal(word(image), ShellText.word(name.get(), "BITMAP"));
    return isOpen
        ? checkpoint + "; if there is none, shut the domain off, then: " + removal
        : checkpoint + " --metadata, if there is one; then remove the bitmap: " + removal;
  }

  private static String word(String image) {
    return ShellText.word(image.startsWith("/") ? image : "", "IMAGE");
  }

  private static String removal(String image, String bitmap) {
    return "qemu-img bitmap --remove " + image + " " + bitmap;
  }
}
