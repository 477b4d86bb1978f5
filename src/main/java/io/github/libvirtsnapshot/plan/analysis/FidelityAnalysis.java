package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ElementState;
import io.github.libvirtsnapshot.definition.ElementTable;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.definition.Treatment;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Analyzes for each part of a QEMU snapshot how certain it is that a revert restores it.
 *
 * <p>An internal snapshot is stored in its image; only the backing images must be unchanged. The
 * contents of an external snapshot are the contents of its image, so the image itself must be
 * unchanged, too. The images show whether they are, if the library could read them; otherwise, the
 * library deduces from the snapshots and domains whether they may have changed.
 */
final class FidelityAnalysis {
  private final Facts facts;
  private final SnapshotDescription snapshot;
  private final ImageGraph images;

  private final DeducedChanges deduced;
  private final ObservedChanges observed;
  private final OmittedDisks omitted;

  private FidelityAnalysis(Facts facts) {
    this.facts = facts;
    this.snapshot = facts.target();
    this.images = facts.domainFacts().images();
    this.deduced = new DeducedChanges(facts);
    this.observed = new ObservedChanges(facts.target(), images);
    this.omitted = new OmittedDisks(facts);
  }

  static List<RestoredPart> of(Facts facts) {
    return new FidelityAnalysis(facts).all();
  }

  private List<RestoredPart> all() {
    ImmutableList.Builder<RestoredPart> contents = ImmutableList.builder();
    snapshot.disks().stream().filter(Disk::isWritable).forEach(disk -> contents.add(ofDisk(disk)));
    if (facts.snapshot().hasMemory()) {
      contents.add(worst("memory", findingsOfMemory()));
    }
    facts.nvramThen().ifPresent(nvram -> contents.add(ofNvram(nvram)));
    snapshot.domain().stream()
        .flatMap(
            then ->
                ElementTable.states(then, Treatment.WITH_MEMORY, Treatment.NEVER).stream()
                    .map(this::ofState))
        .forEach(contents::add);
    return contents.build();
  }

  private RestoredPart ofDisk(Disk disk) {
    String part = "disk " + LogEscaper.escape(disk.target());
    return omitted.isOmitted(disk)
        ? Finding.notIncluded(ofOmitted(disk)).of(part)
        : worst(part, findings(disk));
  }

  private String ofOmitted(Disk disk) {
    if (disk.isTransient()) {
      return "the disk is transient, and libvirt discards its changes when the guest stops";
    }
    return omitted
        .detachedImage(disk)
        .map(
            image ->
                "the disk uses "
                    + LogEscaper.quote(disk.image())
                    + " again, with its present content, instead of "
                    + LogEscaper.quote(image))
        .orElse("a revert does not change it");
  }

  private Stream<Finding> findings(Disk disk) {
    return Streams.concat(
        snapshot.isInternal(disk) ? findingsOfInternal(disk) : Stream.empty(),
        snapshot.isExternal(disk) && !facts.snapshot().hasMemory()
            ? observed.ofDefinedChain(disk)
            : Stream.empty(),
        deduced.ofBase(disk),
        images.frozen(snapshot, disk).stream().flatMap(this::findings));
  }

  private Stream<Finding> findingsOfInternal(Disk disk) {
    return Stream.concat(
        observed.ofSnapshotIn(disk.image()).stream(), observed.ofBackingImages(disk).stream());
  }

  /** A reading of an image shows more than the XML of snapshots and domains. */
  private Stream<Finding> findings(String frozen) {
    if (facts.deletedImages().contains(frozen)) {
      return Stream.of(
          Finding.changed("the revert deletes " + LogEscaper.quote(frozen) + ", which it needs"));
    }
    if (images.readings().of(frozen).isEmpty()) {
      return Stream.concat(deduced.ofChange(frozen), Stream.of(observed.unread(frozen)));
    }
    Stream<Finding> uses =
        observed.mayHaveChangedInSecondOfSnapshot(frozen)
            ? deduced.ofChange(frozen).filter(Finding::showsUse)
            : deduced.ofActiveUse(frozen);
    return Stream.concat(uses, observed.ofChange(frozen).stream());
  }

  private static RestoredPart worst(String part, Stream<Finding> findings) {
    return findings
        .max(Comparator.comparing(Finding::certainty))
        .map(finding -> finding.of(part))
        .orElseGet(() -> RestoredPart.certain(part));
  }

  private Stream<Finding> findingsOfMemory() {
    Optional<String> file = snapshot.details().memory().file();
    return file.isEmpty()
        ? observed.ofInternalMemory().stream()
        : Stream.concat(
            deduced.ofMemoryFile(file.get()).stream(), observed.ofMemoryFile(file.get()).stream());
  }

  /** An internal snapshot with memory is in the image of the NVRAM, too. */
  private Stream<Finding> findingsOfNvramInMemory() {
    boolean isWrittenLater =
        facts.snapshot().memory().file().isPresent() && facts.hasTargetState(DomainState.PAUSED);
    return isWrittenLater
        ? Stream.of(
            new Finding(
                Certainty.DEFERRED,
                "if the guest is stopped before, the file keeps its present content"))
        : Stream.empty();
  }

  private RestoredPart ofNvram(Nvram nvram) {
    String part = "NVRAM";
    if (facts.resetsNvram() && !facts.snapshot().hasMemory()) {
      return Finding.notIncluded("RESET_NVRAM replaces it with a new one").of(part);
    }
    if (facts.snapshot().hasMemory()) {
      return worst(part, Stream.concat(findingsOfMemory(), findingsOfNvramInMemory()));
    }
    if (facts.snapshot().external() || !nvram.isQcow2()) {
      return Finding.notIncluded("a revert does not change it").of(part);
    }
    return facts
        .nvramWithSnapshot()
        .map(image -> worst(part, observed.ofSnapshotIn(image).stream()))
        .orElseGet(() -> Finding.presumed("the definition does not name its image").of(part));
  }

  private RestoredPart ofState(ElementState state) {
    String part = name(state);
    if (state.treatment() == Treatment.NEVER) {
      return new Finding(
              Certainty.UNAFFECTED, "no snapshot includes it; a revert does not change it")
          .of(part);
    }
    return facts.snapshot().hasMemory()
        ? worst(part, findingsOfMemory())
        : Finding.notIncluded(
                "only a snapshot with memory includes it; a revert does not change it")
            .of(part);
  }

  /** Returns a name, as in {@code NVDIMM "/srv/web01.nvdimm"}. */
  static String name(ElementState state) {
    return state.label() + (state.source().isEmpty() ? "" : " " + LogEscaper.quote(state.source()));
  }
}
