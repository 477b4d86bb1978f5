package io.github.libvirtsnapshot.plan.rules;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.definition.BootFiles;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.Optional;
import java.util.stream.Stream;

/** The images and other files that a revert opens. */
final class RequiredFiles {
  private final Facts facts;
  private final SnapshotDescription target;
  private final ImageReadings readings;

  RequiredFiles(Facts facts) {
    this.facts = facts;
    this.target = facts.target();
    this.readings = facts.domainFacts().images().readings();
  }

  /**
   * A file that a revert opens.
   *
   * @param path the path of the file, or the name of an image
   * @param words what the file is, with its path
   * @param code the error of libvirt if the file does not exist
   */
  private record Required(String path, String words, ErrorNumber code) {
    static Required of(String name, String path, ErrorNumber code) {
      return new Required(path, "the " + name + " " + LogEscaper.quote(path), code);
    }
  }

  /** Returns how a revert fails because one of the files does not exist. */
  Optional<Refusal> gone() {
    return required()
        .filter(file -> isGone(file.path()))
        .findFirst()
        .map(
            file ->
                new Refusal(
                    file.code(),
                    true,
                    file.words() + " no longer exists",
                    "restore the file, or revert to a snapshot that does not require it"));
  }

  /** Returns how a revert fails because one of the images is not a qcow2 image. */
  Optional<Refusal> notQcow2() {
    return required()
        .filter(file -> readings.notQcow2().contains(file.path()))
        .findFirst()
        .map(
            file ->
                new Refusal(
                    ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                    true,
                    file.words() + " is not a qcow2 image",
                    "restore the image, or revert to a snapshot that does not require it"));
  }

  /** Returns how a revert fails because QEMU opens one of the images only for reading. */
  Optional<Refusal> corrupt() {
    return written()
        .filter(image -> readings.qcow2(image).filter(Qcow2Image::corrupt).isPresent())
        .findFirst()
        .map(
            image ->
                new Refusal(
                    ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                    true,
                    "QEMU marked the image "
                        + LogEscaper.quote(image)
                        + " as corrupt, and opens it only for reading",
                    "shut the domain off and repair the image (qemu-img check -r all IMAGE), or"
                        + " revert to a snapshot that is not in this image"));
  }

  private boolean isGone(String path) {
    return readings.gone().contains(path);
  }

  private Stream<Required> required() {
    Stream<Required> ofSnapshot = facts.snapshot().external() ? ofExternal() : ofInternal();
    return facts.startsProcess()
        ? Stream.of(ofSnapshot, nvramOfStart(), bootFiles()).flatMap(files -> files)
        : ofSnapshot;
  }

  /** libvirt creates an overlay for each disk and each medium. */
  private Stream<Required> ofExternal() {
    ErrorNumber ofBacking =
        facts.snapshot().hasMemory()
            ? ErrorNumber.VIR_ERR_SYSTEM_ERROR
            : ErrorNumber.VIR_ERR_INTERNAL_ERROR;
    return Stream.of(
            target.disks().stream()
                .map(disk -> image(disk, ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED)),
            facts.snapshot().memory().file().stream()
                .map(file -> Required.of("memory file", file, ErrorNumber.VIR_ERR_SYSTEM_ERROR)),
            target.disks().stream().flatMap(disk -> backing(disk, ofBacking)))
        .flatMap(files -> files);
  }

  /** A guest that continues in its process has its images open. */
  private Stream<Required> ofInternal() {
    return facts.keepsProcess()
        ? Stream.empty()
        : Stream.of(
                target.disks().stream()
                    .filter(target::isInternal)
                    .flatMap(disk -> chain(disk, codeOfLoading(disk))),
                facts.nvramWithSnapshot().stream()
                    .map(image -> Required.of("NVRAM", image, ErrorNumber.VIR_ERR_INTERNAL_ERROR)),
                disksOfStart())
            .flatMap(files -> files);
  }

  /** libvirt omits an optional medium that does not exist. */
  private Stream<Required> disksOfStart() {
    return facts.startsProcess()
        ? target.disks().stream()
            .filter(disk -> disk.isRequired() && !target.isInternal(disk))
            .flatMap(disk -> chain(disk, codeOfStart(disk)))
        : Stream.empty();
  }

  /** libvirt creates an NVRAM that does not exist from its template. */
  private Stream<Required> nvramOfStart() {
    return facts.nvramThen().stream()
        .filter(nvram -> facts.has(RevertFlag.RESET_NVRAM) || isGone(nvram.image()))
        .map(Nvram::template)
        .map(
            template ->
                Required.of("template of the NVRAM", template, ErrorNumber.VIR_ERR_SYSTEM_ERROR));
  }

  private Stream<Required> bootFiles() {
    return target.domain().stream()
        .flatMap(domain -> BootFiles.of(domain).entrySet().stream())
        .map(
            file ->
                Required.of(file.getValue(), file.getKey(), ErrorNumber.VIR_ERR_INTERNAL_ERROR));
  }

  private ErrorNumber codeOfLoading(Disk disk) {
    return facts.snapshot().hasMemory() ? codeOfStart(disk) : ErrorNumber.VIR_ERR_INTERNAL_ERROR;
  }

  /**
   * libvirt itself opens the images of a disk before a start. Before libvirt 10.0, QEMU opens the
   * image first if the disk is not raw and, according to the definition, has no backing image.
   */
  private ErrorNumber codeOfStart(Disk disk) {
    return facts.isOlderThan(Versions.OPENS_FIRST_SINCE) && disk.standalone() && !disk.isRaw()
        ? ErrorNumber.VIR_ERR_INTERNAL_ERROR
        : ErrorNumber.VIR_ERR_SYSTEM_ERROR;
  }

  private Stream<Required> chain(Disk disk, ErrorNumber code) {
    return Stream.concat(Stream.of(image(disk, code)), backing(disk, code));
  }

  private static Required image(Disk disk, ErrorNumber code) {
    return new Required(
        disk.image(),
        (disk.isWritable() ? "the image " : "the medium ")
            + LogEscaper.quote(disk.image())
            + (disk.isWritable() ? " of disk " : " of drive ")
            + LogEscaper.escape(disk.target()),
        code);
  }

  /** Returns the backing images that the definition and the headers of the images state. */
  private Stream<Required> backing(Disk disk, ErrorNumber code) {
    return Sets.union(ImmutableSet.copyOf(disk.beneath()), readings.beneath(disk.image())).stream()
        .map(image -> Required.of("backing image", image, code));
  }

  /**
   * Returns the images that a revert opens to write to them. If the snapshot is external and has
   * memory, libvirt creates the overlays only after QEMU has opened the images.
   */
  private Stream<String> written() {
    if (facts.keepsProcess()) {
      return Stream.empty();
    }
    Stream<String> disks =
        target.isExternal() && !facts.snapshot().hasMemory()
            ? Stream.empty()
            : target.disks().stream()
                .filter(
                    disk -> target.isInternal(disk) || (facts.startsProcess() && disk.isWritable()))
                .map(Disk::image);
    return Stream.concat(disks, writtenNvram());
  }

  private Stream<String> writtenNvram() {
    return facts.startsProcess() && !facts.resetsNvram()
        ? facts.nvramThen().stream().map(Nvram::image)
        : facts.nvramWithSnapshot().stream();
  }
}
