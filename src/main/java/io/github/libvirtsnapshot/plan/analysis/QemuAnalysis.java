package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.HotpluggedCpu;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.rules.Versions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The analysis for the QEMU driver. */
final class QemuAnalysis implements DriverAnalysis {
  private static final String CHECKED_LATE = ", which libvirt checks only after it stops the guest";

  @Override
  public boolean knowsContents() {
    return true;
  }

  @Override
  public List<RestoredPart> contents(Facts facts) {
    return FidelityAnalysis.of(facts);
  }

  @Override
  public SafetySnapshotOption safety(Facts facts) {
    return QemuSafety.of(facts);
  }

  @Override
  public List<String> unknowns(Facts facts) {
    ImmutableList.Builder<String> unknowns = ImmutableList.builder();
    if (facts.before().isActive()) {
      unknowns.add("whether anyone is connected to the guest's screen or serial console");
    }
    unreadImages(facts).forEach(image -> unknowns.add(whetherReadable(facts, image)));
    addUnknownsOfTarget(facts, unknowns);
    for (String blocker : MigrationBlockers.possible(facts)) {
      unknowns.add(
          "whether QEMU can save the memory of a guest with "
              + blocker
              + ": if not, libvirt takes no safety snapshot of the active guest");
    }
    return unknowns
        .addAll(ReadOnlyDisks.unknowns(facts))
        .addAll(facts.blockers().host().unknowns())
        .addAll(facts.domainFacts().unknowns())
        .build();
  }

  @Override
  public List<String> unknownsOfNewSnapshot(Facts facts) {
    ImmutableList.Builder<String> unknowns = ImmutableList.builder();
    addUnknownsOfTarget(facts, unknowns);
    for (String blocker : MigrationBlockers.possible(facts)) {
      unknowns.add("whether QEMU can save the memory of a guest with " + blocker);
    }
    return unknowns
        .addAll(facts.blockers().host().unknowns())
        .addAll(facts.domainFacts().unknowns())
        .build();
  }

  private static void addUnknownsOfTarget(Facts facts, ImmutableList.Builder<String> unknowns) {
    if (mayLoadAnotherSnapshot(facts)) {
      unknowns.add(
          "whether an image of a disk has a snapshot with the ID "
              + facts.target().name()
              + ": QEMU would load that snapshot instead, because it takes a name that is a number"
              + " for an ID first");
    }
    boolean isInternal = !facts.snapshot().external();
    if (isInternal && facts.target().rewritten().isEmpty()) {
      unknowns.add("which images contain the snapshot" + CHECKED_LATE);
    }
    if (isInternal && facts.nvramThen().filter(nvram -> isUnread(facts, nvram)).isPresent()) {
      unknowns.add("whether the NVRAM still contains the snapshot" + CHECKED_LATE);
    }
    if (canHaveUnknownBitmap(facts)) {
      unknowns.add(
          "whether the guest has a bitmap of a disk that no checkpoint shows: QEMU cannot revert"
              + " internal snapshots in an image with bitmaps");
    }
    for (String element : facts.unknownElements()) {
      unknowns.add(
          "what a revert does with "
              + LogEscaper.quote(element)
              + ": this release does not know this element of a domain's definition");
    }
    if (facts.snapshot().hasMemory()
        && facts.target().domain().filter(HotpluggedCpu::mayBeIn).isPresent()) {
      unknowns.add(
          "whether a CPU was added to the running guest before the snapshot was taken: libvirt"
              + " cannot load the memory of such a guest");
    }
    if (!facts.isOlderThan(Versions.EXTERNAL_SINCE)) {
      whetherOverlaysCollide(facts).ifPresent(unknowns::add);
    }
    if (facts.keepsProcess()) {
      unknowns.add(
          "whether the CPU, the features, the timers and the SMBIOS data of the guest, and the model"
              + " and the addresses of each device, are those of the snapshot: libvirt compares"
              + " them, and if one differs, the revert requires force (force(), or: revert-domain"
              + " --force)");
    }
  }

  /** The image of an active guest does not show the bitmaps of QEMU's process. */
  private static boolean canHaveUnknownBitmap(Facts facts) {
    ImageReadings readings = facts.domainFacts().images().readings();
    return facts.target().rewritten().stream()
        .anyMatch(image -> facts.before().isActive() || readings.qcow2(image).isEmpty());
  }

  private static boolean mayLoadAnotherSnapshot(Facts facts) {
    ImageReadings readings = facts.domainFacts().images().readings();
    return Qcow2Snapshot.canBeId(facts.target().name())
        && facts.target().rewritten().stream().anyMatch(image -> readings.qcow2(image).isEmpty());
  }

  private static boolean isUnread(Facts facts, Nvram nvram) {
    return nvram.isQcow2()
        && facts.domainFacts().images().readings().qcow2(nvram.image()).isEmpty();
  }

  private static Optional<String> whetherOverlaysCollide(Facts facts) {
    Set<String> overlays = facts.target().newOverlays();
    List<String> domains =
        facts.domainFacts().images().otherDomains().stream()
            .filter(
                other ->
                    Disk.images(other.disks().stream()).stream()
                        .map(ImageName::withoutExtension)
                        .anyMatch(overlays::contains))
            .map(other -> LogEscaper.quote(other.name()))
            .toList();
    return domains.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "whether domain "
                + domains.get(0)
                + (domains.size() == 1 ? "" : " or one of " + (domains.size() - 1) + " others")
                + " is reverted to an external snapshot in the same second: libvirt would give an"
                + " overlay of both domains the same name, because the names of two of their images"
                + " are equal without the extension");
  }

  /**
   * Returns the images and the memory file of the snapshot that the library could not read. Files
   * that do not exist have a rule of their own.
   */
  private static Set<String> unreadImages(Facts facts) {
    ImageGraph images = facts.domainFacts().images();
    return Stream.of(
            facts.target().rewritten().stream(),
            images.frozen(facts.target()).stream(),
            facts.snapshot().memory().file().stream())
        .flatMap(needed -> needed)
        .filter(
            image ->
                images.readings().of(image).isEmpty() && !images.readings().gone().contains(image))
        .collect(ImmutableSet.toImmutableSet());
  }

  private static String whetherReadable(Facts facts, String image) {
    return "whether "
        + LogEscaper.quote(image)
        + " can be read"
        + (facts.target().rewritten().contains(image) ? " and still contains the snapshot" : "")
        + CHECKED_LATE
        + facts.domainFacts().images().readings().becauseUnread(image);
  }
}
