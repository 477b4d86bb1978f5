package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.ErrorNumber;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.images.Disk;
import io.github.libvirtsnapshot.images.Images;
import io.github.libvirtsnapshot.images.Nvram;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.images.SnapshotImages;
import io.github.libvirtsnapshot.snapshots.FoundSnapshots;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Asks libvirt for the {@link Surroundings} of a domain. What it does not answer is unknown. */
final class Survey {
  private final FoundSnapshots found;
  private final Domain domain;
  private final Unknowns unknowns = new Unknowns();

  /** The other domains that could not be read, and what that leaves unknown; by name. */
  private final Map<String, String> unreadOthers = new LinkedHashMap<>();

  /** Whether all other domains that may have one of the images could be read. */
  private boolean othersKnown = true;

  Survey(FoundSnapshots found) {
    this.found = found;
    this.domain = found.domain();
  }

  /**
   * Asks for all that a plan depends on.
   *
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to, which is read already
   * @param ports the ports that its guest has to get
   */
  Surroundings surroundings(
      Connect connect,
      DomainStatus before,
      List<XmlNode> definitions,
      SnapshotImages target,
      Set<String> ports)
      throws ConnectionLostException {
    List<SnapshotImages> snapshots = snapshots(target);
    Map<String, String> others = otherDomains(connect);
    List<Set<String>> checkpoints =
        unknowns.ask("whether it has checkpoints", ImmutableList.of(), this::checkpoints);
    List<Disk> disks = disks(definitions);
    return new Surroundings(
        images(disks, before, target, snapshots, others),
        !snapshots.isEmpty(),
        othersKnown,
        checkpoints,
        before.isActive() ? ImmutableMap.of() : unreadable(disks, target),
        ports.isEmpty() ? ImmutableMap.of() : listening(others),
        definitions.stream().flatMap(each -> Nvram.of(each).stream()).findFirst(),
        unknowns());
  }

  private List<String> unknowns() {
    return ImmutableList.<String>builder()
        .addAll(unknowns.all())
        .addAll(unreadOthers.values())
        .build();
  }

  /**
   * Asks only for what the contents of a snapshot depend on: on a host with many domains, to ask
   * for each of them takes the longest.
   *
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to, which is read already
   */
  Surroundings forContents(
      Connect connect, DomainStatus before, List<XmlNode> definitions, SnapshotImages target)
      throws ConnectionLostException {
    List<SnapshotImages> snapshots = snapshots(target);
    List<Disk> disks = disks(definitions);
    boolean snapshotsKnown = !snapshots.isEmpty();
    Images own = images(disks, before, target, snapshots, ImmutableMap.of());
    boolean othersMatter = snapshotsKnown && !own.sufficeFor(target);
    return Surroundings.of(
        othersMatter ? images(disks, before, target, snapshots, otherDomains(connect)) : own,
        snapshotsKnown,
        othersKnown);
  }

  private static List<Disk> disks(List<XmlNode> definitions) {
    return definitions.stream().flatMap(definition -> Disk.of(definition).stream()).toList();
  }

  private Images images(
      List<Disk> disks,
      DomainStatus before,
      SnapshotImages target,
      List<SnapshotImages> snapshots,
      Map<String, String> others) {
    return new Images(
        disks,
        before.currentSnapshot(),
        snapshots,
        OtherDomain.relatedTo(named(disks, target, snapshots), others, this::unreadImages));
  }

  private List<SnapshotImages> snapshots(SnapshotImages target) throws ConnectionLostException {
    return unknowns.ask(
        "what is in its other snapshots", ImmutableList.of(), () -> readSnapshots(target));
  }

  private List<SnapshotImages> readSnapshots(SnapshotImages target) throws LibvirtException {
    ImmutableList.Builder<SnapshotImages> snapshots = ImmutableList.builder();
    snapshots.add(target);
    for (String name : found.names()) {
      if (!name.equals(target.name())) {
        snapshots.add(
            SnapshotImages.of(
                XmlNode.parse(found.xml(name)), name, found.details(name).parent().orElse("")));
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
  private Map<String, String> unreadable(List<Disk> disks, SnapshotImages target)
      throws ConnectionLostException {
    Map<String, String> unreadable = new LinkedHashMap<>();
    for (Disk disk : disks) {
      if (target.rewritten().contains(disk.image())) {
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
      List<Disk> disks, SnapshotImages target, List<SnapshotImages> snapshots) {
    ImmutableSet.Builder<String> images = ImmutableSet.builder();
    images.addAll(Disk.images(disks.stream())).addAll(target.images());
    snapshots.forEach(snapshot -> images.addAll(snapshot.images()));
    return images.build();
  }

  /** Returns the definitions of the other domains, by name. */
  private Map<String, String> otherDomains(Connect connect) throws ConnectionLostException {
    Optional<Map<String, String>> others =
        unknowns.ask(
            "whether other domains have its disk images",
            Optional.empty(),
            () -> Optional.of(readOtherDomains(connect)));
    if (others.isEmpty()) {
      othersKnown = false;
    }
    return others.orElse(ImmutableMap.of());
  }

  private Map<String, String> readOtherDomains(Connect connect) throws LibvirtException {
    List<Domain> handles = connect.listAllDomains();
    try {
      Map<String, String> others = new LinkedHashMap<>();
      for (Domain other : handles) {
        if (!other.getUUIDString().equals(domain.getUUIDString())) {
          readOther(other).ifPresent(definition -> others.put(other.getName(), definition));
        }
      }
      return others;
    } finally {
      handles.forEach(Domain::close);
    }
  }

  private Optional<String> readOther(Domain other) throws LibvirtException {
    try {
      return Optional.of(other.getXMLDesc());
    } catch (NoSuchDomainException e) {
      return Optional.empty();
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException e) {
      unreadImages(other.getName(), e);
      return Optional.empty();
    }
  }

  private void unreadImages(String name, Exception e) {
    othersKnown = false;
    unread(name, e);
  }

  private void unread(String name, Exception e) {
    String escaped = LogText.quote(name);
    unreadOthers.putIfAbsent(
        name,
        "what domain "
            + escaped
            + " has of the host: "
            + LogText.escape(String.valueOf(e.getMessage())));
  }

  /** Returns the ports that other guests listen on, and the names of their domains. */
  private Map<String, String> listening(Map<String, String> others) {
    Map<String, String> listening = new HashMap<>();
    others.forEach(
        (name, definition) -> portsOf(name, definition).forEach(port -> listening.put(port, name)));
    return ImmutableMap.copyOf(listening);
  }

  private Set<String> portsOf(String name, String definition) {
    try {
      XmlNode other = XmlNode.parse(definition);
      return other.text("@id").isEmpty() ? ImmutableSet.of() : GraphicsPorts.of(other);
    } catch (UnreadableXmlException e) {
      unread(name, e);
      return ImmutableSet.of();
    }
  }
}
