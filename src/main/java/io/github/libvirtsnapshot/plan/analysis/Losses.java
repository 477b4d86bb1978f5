package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ElementState;
import io.github.libvirtsnapshot.definition.ElementTable;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.definition.Treatment;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.images.Qcow2Bitmap;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Determines the losses of a revert. */
final class Losses {
  private final Facts facts;
  private final XmlNode definition;
  private final SnapshotDescription target;
  private final ImageGraph images;

  /** The images that libvirt writes to. */
  private final Set<String> rewritten;

  /** The images that libvirt deletes. */
  private final Set<String> deleted;

  private final List<Loss> all = new ArrayList<>();

  private Losses(Facts facts) {
    this.facts = facts;
    this.definition = facts.definitions().now();
    this.target = facts.target();
    this.images = facts.domainFacts().images();
    this.rewritten = target.rewritten();
    this.deleted = facts.deletedImages();
  }

  static List<Loss> of(Facts facts) {
    Losses losses = new Losses(facts);
    if (facts.before().isActive()) {
      losses.addMemory();
      if (!facts.keepsProcess()) {
        losses.addConsoles();
      }
    }
    losses.addDisks();
    losses.addFormerDisks();
    if (!losses.isDiskListUnknown()) {
      losses.addDetachedImages();
    }
    losses.addTransientDisks();
    losses.addDeviceStates();
    losses.addFiles();
    losses.addLiveDevices();
    if (facts.before().managedSave()) {
      losses.addManagedSave();
    }
    if (losses.target.isExternal()) {
      losses.addCheckpoints();
    }
    losses.deleted.forEach(losses::addDeleted);
    losses.addSnapshots();
    losses.addOtherDomains();
    losses.addNvramContent();
    losses.addSnapshotsInNvram();
    return List.copyOf(losses.all);
  }

  private void add(Loss.Kind kind, String what) {
    all.add(new Loss(kind, what));
  }

  private void addMemory() {
    add(Loss.Kind.MEMORY, "the contents of the guest's memory");
  }

  private void addConsoles() {
    List<String> consoles = new ArrayList<>();
    definition
        .all("devices/graphics")
        .forEach(graphics -> consoles.add(LogEscaper.escape(graphics.text("@type"))));
    if (definition.first("devices/serial").isPresent()
        || definition.first("devices/console").isPresent()) {
      consoles.add("serial console");
    }
    if (!consoles.isEmpty()) {
      add(Loss.Kind.CONSOLES, "the connections to the guest's " + Joiner.on(", ").join(consoles));
    }
  }

  private void addDisks() {
    List<String> disks =
        facts.presentDisks().stream()
            .filter(disk -> !disk.readOnly() && (isReverted(disk) || isDeleted(disk)))
            .map(Disk::target)
            .toList();
    if (!disks.isEmpty()) {
      add(Loss.Kind.DISKS, written(LogEscaper.escape(Joiner.on(", ").join(disks))));
    }
  }

  /**
   * A revert keeps the images of disks that were added since the snapshot, and of disks that the
   * snapshot excludes. After a revert to an external snapshot, a disk that is in the snapshot's
   * image keeps its data, in the image beneath the new overlay.
   */
  private boolean isReverted(Disk disk) {
    return (isDiskListUnknown() && !disk.device().equals("floppy"))
        || !Sets.intersection(images.andBeneath(disk.image()), rewritten).isEmpty()
        || target
            .disk(disk.target())
            .filter(then -> target.isExternal(then) && !then.image().equals(disk.image()))
            .isPresent();
  }

  /** Returns whether libvirt deletes the image of a disk that was added since the snapshot. */
  private boolean isDeleted(Disk disk) {
    return target.disk(disk.target()).isEmpty() && deleted.contains(disk.image());
  }

  private boolean isDiskListUnknown() {
    return target.details().disks().isEmpty();
  }

  private void addFormerDisks() {
    Set<String> present =
        facts.presentImages().stream()
            .flatMap(image -> images.andBeneath(image).stream())
            .collect(Collectors.toSet());
    for (String image : Sets.difference(rewritten, present)) {
      add(
          Loss.Kind.DISKS,
          written(LogEscaper.quote(image)) + " (the domain does not use this image now)");
    }
  }

  private void addDetachedImages() {
    OmittedDisks omitted = new OmittedDisks(facts);
    omitted
        .all()
        .forEach(
            disk -> omitted.detachedImage(disk).ifPresent(image -> addDetachedImage(disk, image)));
  }

  private void addDetachedImage(Disk disk, String image) {
    add(
        Loss.Kind.DISKS,
        "the present content of disk "
            + LogEscaper.escape(disk.target())
            + ": the revert attaches "
            + LogEscaper.quote(disk.image())
            + " in place of "
            + LogEscaper.quote(image));
  }

  private String written(String where) {
    return "data written to "
        + where
        + " since "
        + facts.snapshot().taken().map(String::valueOf).orElse("the snapshot")
        + " that is in no other snapshot";
  }

  private void addTransientDisks() {
    if (facts.before().isActive()) {
      for (ElementState disk : ElementTable.states(definition, Treatment.DISCARDED)) {
        add(
            Loss.Kind.DISKS,
            "data written to "
                + LogEscaper.escape(disk.source())
                + " since the guest was started: the disk is transient");
      }
    }
  }

  private void addDeviceStates() {
    if (facts.snapshot().hasMemory() && target.domain().isPresent()) {
      Set<ElementState> now =
          ImmutableSet.copyOf(ElementTable.states(definition, Treatment.WITH_MEMORY));
      ElementTable.states(target.domain().get(), Treatment.WITH_MEMORY).stream()
          .filter(now::contains)
          .forEach(
              state ->
                  add(
                      Loss.Kind.DEVICES,
                      "the present state of the " + FidelityAnalysis.name(state)));
    }
    for (ElementState state : facts.replacedStatesOutside()) {
      add(
          Loss.Kind.DEVICES,
          "the present state of the "
              + FidelityAnalysis.name(state)
              + " (the domain does not use it now)");
    }
  }

  private void addFiles() {
    if (facts.startsProcess() && target.domain().isPresent()) {
      for (ElementState file : ElementTable.states(target.domain().get(), Treatment.EMPTIED)) {
        add(
            Loss.Kind.FILES,
            "the contents of file "
                + LogEscaper.quote(file.source())
                + ", which QEMU empties when it starts");
      }
    }
  }

  private void addLiveDevices() {
    for (String device : LiveDevices.lost(facts)) {
      add(
          Loss.Kind.DEVICES,
          device + ", added to the running guest and not to its persistent definition");
    }
  }

  private void addManagedSave() {
    add(
        Loss.Kind.MANAGED_SAVE,
        "the managed save image: the file remains, but no longer fits the disks, and the next"
            + " start would resume from it");
  }

  /** The new overlays of an external revert have no bitmaps, and QEMU uses no others. */
  private void addCheckpoints() {
    Set<String> checkpoints = facts.domainFacts().checkpoints().keySet();
    for (String checkpoint : checkpoints) {
      add(
          Loss.Kind.CHECKPOINTS,
          "checkpoint "
              + LogEscaper.quote(checkpoint)
              + ": libvirt keeps its metadata, but no incremental backup can be based on it, because"
              + " the new overlays lack its bitmap");
    }
    for (String image : images.written()) {
      images.readings().qcow2(image).stream()
          .flatMap(read -> read.bitmaps().stream())
          .map(Qcow2Bitmap::name)
          .filter(bitmap -> !checkpoints.contains(bitmap))
          .forEach(bitmap -> addBitmap(bitmap, image));
    }
  }

  private void addBitmap(String bitmap, String image) {
    add(
        Loss.Kind.CHECKPOINTS,
        "bitmap "
            + LogEscaper.quote(bitmap)
            + " in "
            + LogEscaper.quote(image)
            + ": the new overlay of the disk lacks it");
  }

  private void addDeleted(String image) {
    add(Loss.Kind.OVERLAYS, "the file " + LogEscaper.quote(image) + ", which libvirt deletes");
  }

  private void addSnapshots() {
    for (SnapshotDescription other : images.snapshots()) {
      if (!other.isSameAs(target)) {
        Set<String> lost =
            Sets.union(
                Sets.intersection(images.frozen(other), Sets.union(rewritten, deleted)),
                Sets.intersection(other.rewritten(), deleted));
        Set<String> uncertain = possiblyNeeded(other);
        if (!lost.isEmpty()) {
          add(
              Loss.Kind.SNAPSHOTS,
              "snapshot " + LogEscaper.quote(other.name()) + ", which needs " + quoted(lost));
        } else if (!uncertain.isEmpty()) {
          add(
              Loss.Kind.SNAPSHOTS,
              "snapshot "
                  + LogEscaper.quote(other.name())
                  + ", which may need "
                  + quoted(uncertain)
                  + ": the backing image of its disk is unknown");
        }
      }
    }
  }

  /** Returns the images that libvirt writes to and that may be backing images of the same disk. */
  private Set<String> possiblyNeeded(SnapshotDescription other) {
    return other.disks().stream()
        .filter(Disk::isWritable)
        .flatMap(
            disk ->
                target.disk(disk.target()).map(Disk::image).stream()
                    .filter(rewritten::contains)
                    .filter(image -> images.mayBeBasedOn(disk, image)))
        .collect(Collectors.toSet());
  }

  private void addOtherDomains() {
    for (String image : Sets.union(rewritten, deleted)) {
      for (OtherDomain other : images.usersOf(image)) {
        addOtherDomain(other, image);
      }
    }
  }

  private void addOtherDomain(OtherDomain other, String image) {
    add(
        Loss.Kind.OTHER_DOMAINS,
        "domain " + LogEscaper.quote(other.name()) + ", which needs " + LogEscaper.quote(image));
  }

  private void addNvramContent() {
    facts
        .replacedNvram()
        .ifPresent(
            nvram ->
                add(
                    Loss.Kind.DEVICES,
                    "the present content of the NVRAM"
                        + (nvram.image().isEmpty() ? "" : " " + LogEscaper.quote(nvram.image()))
                        + (facts.replacedNvramOutside().isPresent()
                            ? " (the domain does not use this file now)"
                            : "")));
    facts
        .replacedNvramOutside()
        .ifPresent(
            nvram ->
                images.otherDomains().stream()
                    .filter(other -> other.images().contains(nvram.image()))
                    .forEach(other -> addOtherDomain(other, nvram.image())));
  }

  /** A new NVRAM contains no snapshots. Only the memory of a snapshot contains a copy. */
  private void addSnapshotsInNvram() {
    if (facts.resetsNvram() && facts.nvramThen().filter(Nvram::isQcow2).isPresent()) {
      for (SnapshotDescription snapshot : images.snapshots()) {
        if (!snapshot.rewritten().isEmpty()
            && snapshot.details().memory().kind() != StorageLocation.Kind.INTERNAL) {
          add(
              Loss.Kind.SNAPSHOTS,
              "snapshot "
                  + LogEscaper.quote(snapshot.name())
                  + ", whose NVRAM is lost when RESET_NVRAM creates a new one");
        }
      }
    }
  }

  private static String quoted(Set<String> images) {
    return images.stream().map(LogEscaper::quote).collect(Collectors.joining(", "));
  }
}
