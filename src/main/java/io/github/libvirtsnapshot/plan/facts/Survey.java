package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.images.Images;
import io.github.libvirtsnapshot.snapshots.FoundSnapshots;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Asks libvirt for the {@link Surroundings} of a domain. What it does not answer is unknown. */
final class Survey {
  private final Connect connect;
  private final FoundSnapshots found;
  private final Domain domain;
  private final HostInventory inventory;
  private final Unknowns unknowns = new Unknowns();

  Survey(Connect connect, FoundSnapshots found, HostInventory inventory) {
    this.connect = connect;
    this.found = found;
    this.domain = found.domain();
    this.inventory = inventory;
  }

  /**
   * Asks for all that a plan depends on.
   *
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to, which is read already
   * @param ports the ports that its guest has to get
   */
  Surroundings surroundings(
      DomainStatus before, List<XmlNode> definitions, SnapshotDescription target, Set<String> ports)
      throws ConnectionLostException {
    List<SnapshotDescription> snapshots = snapshots(target);
    List<Disk> disks = disks(definitions);
    Neighbours others = neighbours(named(disks, target, snapshots), !ports.isEmpty());
    List<Set<String>> checkpoints =
        unknowns.ask("whether it has checkpoints", ImmutableList.of(), this::checkpoints);
    return new Surroundings(
        images(disks, before, snapshots, others),
        !snapshots.isEmpty(),
        others.imagesKnown(),
        checkpoints,
        before.isActive() ? ImmutableMap.of() : unreadable(disks, target),
        others.listening(),
        definitions.stream().flatMap(each -> Nvram.of(each).stream()).findFirst(),
        unknowns.all());
  }

  /**
   * Asks only for what the contents of a snapshot depend on: on a host with many domains, to ask
   * for each of them takes the longest.
   *
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to, which is read already
   */
  Surroundings forContents(
      DomainStatus before, List<XmlNode> definitions, SnapshotDescription target)
      throws ConnectionLostException {
    List<SnapshotDescription> snapshots = snapshots(target);
    List<Disk> disks = disks(definitions);
    boolean snapshotsKnown = !snapshots.isEmpty();
    boolean othersMatter =
        snapshotsKnown
            && !images(disks, before, snapshots, Neighbours.none(true)).sufficeFor(target);
    Neighbours others =
        othersMatter ? neighbours(named(disks, target, snapshots), false) : Neighbours.none(true);
    return Surroundings.of(
        images(disks, before, snapshots, others), snapshotsKnown, others.imagesKnown());
  }

  private static List<Disk> disks(List<XmlNode> definitions) {
    return definitions.stream().flatMap(definition -> Disk.of(definition).stream()).toList();
  }

  private static Images images(
      List<Disk> disks,
      DomainStatus before,
      List<SnapshotDescription> snapshots,
      Neighbours others) {
    return new Images(disks, before.currentSnapshot(), snapshots, others.related());
  }

  private List<SnapshotDescription> snapshots(SnapshotDescription target)
      throws ConnectionLostException {
    return unknowns.ask(
        "what is in its other snapshots", ImmutableList.of(), () -> readSnapshots(target));
  }

  private List<SnapshotDescription> readSnapshots(SnapshotDescription target)
      throws LibvirtException {
    ImmutableList.Builder<SnapshotDescription> snapshots = ImmutableList.builder();
    snapshots.add(target);
    for (String name : found.names()) {
      if (!name.equals(target.name())) {
        snapshots.add(found.withoutDefinitions(name));
      }
    }
    return snapshots.build();
  }

  /** libvirt makes a bitmap in each image that is not left out. */
  private List<Set<String>> checkpoints() throws LibvirtException {
    ImmutableList.Builder<Set<String>> checkpoints = ImmutableList.builder();
    for (String description : domain.listCheckpointXMLDescs()) {
      XmlNode checkpoint = XmlNode.parse(description);
      Set<String> leftOut =
          checkpoint.all("disks/disk").stream()
              .filter(disk -> disk.text("@checkpoint").equals("no"))
              .map(disk -> disk.text("@name"))
              .collect(Collectors.toSet());
      checkpoints.add(
          checkpoint.first("domain").map(Disk::of).orElse(List.of()).stream()
              .filter(disk -> disk.isWritable() && !leftOut.contains(disk.target()))
              .map(Disk::image)
              .collect(Collectors.toSet()));
    }
    return checkpoints.build();
  }

  /** libvirt opens an image for its size if no guest has it open. */
  private Map<String, String> unreadable(List<Disk> disks, SnapshotDescription target)
      throws ConnectionLostException {
    Map<String, String> unreadable = new LinkedHashMap<>();
    Set<String> rewritten = target.rewritten();
    for (Disk disk : disks) {
      if (rewritten.contains(disk.image())) {
        try {
          var unused = domain.blockInfo(disk.target());
        } catch (ConnectionLostException e) {
          throw e;
        } catch (LibvirtException e) {
          if (e.getError().getCode() == ErrorNumber.VIR_ERR_SYSTEM_ERROR) {
            unreadable.put(disk.image(), e.getMessage());
          }
        }
      }
    }
    return unreadable;
  }

  private static Set<String> named(
      List<Disk> disks, SnapshotDescription target, List<SnapshotDescription> snapshots) {
    ImmutableSet.Builder<String> images = ImmutableSet.builder();
    images.addAll(Disk.images(disks.stream())).addAll(target.images());
    snapshots.forEach(snapshot -> images.addAll(snapshot.images()));
    return images.build();
  }

  private Neighbours neighbours(Set<String> images, boolean portsMatter)
      throws ConnectionLostException {
    Neighbours found =
        unknowns.ask(
            "whether other domains have its disk images",
            Neighbours.none(false),
            () -> inventory.neighboursOf(connect, domain.getUUIDString(), images, portsMatter));
    found.unknowns().forEach(unknowns::add);
    return found;
  }
}
