package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.BootFiles;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.DiskSize;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Queries libvirt for the {@link DomainFacts} of a domain, and records failed queries. */
final class DomainFactsCollector {
  private final Connect connect;
  private final SnapshotCache snapshotCache;
  private final Domain domain;
  private final HostInventory inventory;
  private final PoolCreation poolCreation;
  private final ImageQuestion imageQuestion;
  private final Unknowns unknowns = new Unknowns();

  /**
   * Creates a collector.
   *
   * @param imageQuestion what else is queried about the images
   */
  DomainFactsCollector(
      Connect connect,
      SnapshotCache snapshotCache,
      HostInventory inventory,
      PoolCreation poolCreation,
      ImageQuestion imageQuestion) {
    this.connect = connect;
    this.snapshotCache = snapshotCache;
    this.domain = snapshotCache.domain();
    this.inventory = inventory;
    this.poolCreation = poolCreation;
    this.imageQuestion = imageQuestion;
  }

  /**
   * Queries all facts that a plan depends on.
   *
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to
   * @param ports the fixed ports that the snapshot's guest listens on
   */
  DomainFacts domainFacts(
      DomainStatus before, Definitions definitions, SnapshotDescription target, Set<String> ports)
      throws ConnectionLostException {
    List<SnapshotDescription> snapshots = snapshots(target);
    StorageVolumes volumes = StorageVolumes.of(connect, poolCreation);
    ImageReadings readings = readings(volumes, before, definitions, target);
    volumes.notRemoved().forEach(unknowns::add);
    OwnDisks own = OwnDisks.of(definitions, target, snapshots, readings.paths());
    OtherDomains others =
        otherDomains(
            new OtherDomainsQuery(
                domain.getUUIDString(),
                imagesOf(own, readings),
                clonedImages(before, own),
                Facts.nvramOutside(definitions, target).map(Nvram::image),
                !ports.isEmpty()));
    sharedNamesake(own, others).map(HostDomains::unknownPath).ifPresent(unknowns::add);
    Map<String, Set<String>> checkpoints =
        unknowns.ask(
            "whether the domain has checkpoints",
            ImmutableMap.of(),
            () -> checkpoints(readings.paths()));
    return new DomainFacts(
        images(own, before, others, readings),
        !snapshots.isEmpty(),
        others.imagesKnown(),
        checkpoints,
        before.isActive() ? ImmutableMap.of() : unreadable(own),
        others.listening(),
        definitions.all().stream().flatMap(each -> Nvram.of(each).stream()).findFirst(),
        volumes.foldersOfCreatedPools(),
        unknowns.all());
  }

  /**
   * Queries only the facts that the contents of a snapshot depend on. On a host with many domains,
   * most of the time of a plan is spent on the queries about the other domains.
   *
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to
   */
  DomainFacts forContents(DomainStatus before, Definitions definitions, SnapshotDescription target)
      throws ConnectionLostException {
    List<SnapshotDescription> snapshots = snapshots(target);
    ImageReadings readings =
        inspect(StorageVolumes.of(connect, PoolCreation.NEVER), definitions, target).readings();
    OwnDisks own = OwnDisks.of(definitions, target, snapshots, readings.paths());
    boolean snapshotsKnown = !snapshots.isEmpty();
    boolean othersMatter =
        snapshotsKnown
            && !images(own, before, OtherDomains.none(true), readings).sufficeFor(own.target());
    OtherDomains others =
        othersMatter
            ? otherDomains(
                new OtherDomainsQuery(
                    domain.getUUIDString(),
                    imagesOf(own, readings),
                    ImmutableSet.of(),
                    Optional.empty(),
                    false))
            : OtherDomains.none(true);
    return DomainFacts.of(
        images(own, before, others, readings), snapshotsKnown, others.imagesKnown());
  }

  /**
   * The present disks, and the snapshots, with the known paths of their images.
   *
   * @param disks the disks of all definitions
   * @param ofGuest the disks of the active guest; none if the domain is shut off
   */
  private record OwnDisks(
      List<Disk> disks,
      List<Disk> ofGuest,
      SnapshotDescription target,
      List<SnapshotDescription> snapshots) {
    static OwnDisks of(
        Definitions definitions,
        SnapshotDescription target,
        List<SnapshotDescription> snapshots,
        Map<String, String> paths) {
      return new OwnDisks(
          withPaths(definitions.disks(), paths),
          withPaths(definitions.active().map(Disk::of).orElse(List.of()), paths),
          target.withPaths(paths),
          snapshots.stream().map(snapshot -> snapshot.withPaths(paths)).toList());
    }

    private static List<Disk> withPaths(List<Disk> disks, Map<String, String> paths) {
      return disks.stream().map(disk -> disk.withPaths(paths)).toList();
    }
  }

  private static ImageGraph images(
      OwnDisks own, DomainStatus before, OtherDomains others, ImageReadings readings) {
    return new ImageGraph(
        own.disks(),
        before.currentSnapshot(),
        own.snapshots(),
        others.related().stream().map(other -> other.withPaths(readings.paths())).toList(),
        readings);
  }

  /** Reads the images, and removes the storage pools that were created for it. */
  private ImageReadings readings(
      StorageVolumes volumes,
      DomainStatus before,
      Definitions definitions,
      SnapshotDescription target)
      throws ConnectionLostException {
    try (volumes) {
      ImageInspector inspector = inspect(volumes, definitions, target);
      for (String file : filesOfStart(definitions, target)) {
        inspector.lookFor(file);
      }
      imageQuestion.ask(inspector, before, definitions, unknowns);
      ImageReadings readings = inspector.readings();
      Sets.intersection(target.withPaths(readings.paths()).rewritten(), inspector.writeProtected())
          .forEach(image -> unknowns.add(whetherWritable(image)));
      return readings;
    }
  }

  private static String whetherWritable(String image) {
    return "whether QEMU may write to "
        + LogEscaper.quote(image)
        + ": the permissions of the file let only root write to it (chmod u+w IMAGE)";
  }

  private ImageInspector inspect(
      StorageVolumes volumes, Definitions definitions, SnapshotDescription target)
      throws ConnectionLostException {
    ImageInspector inspector = new ImageInspector(connect, volumes);
    for (Disk disk : Iterables.concat(target.disks(), definitions.disks())) {
      inspector.read(disk);
    }
    for (XmlNode definition : withTarget(definitions, target)) {
      Optional<Nvram> nvram = Nvram.of(definition);
      if (nvram.isPresent()) {
        inspector.read(nvram.get());
      }
    }
    Optional<String> memory = target.details().memory().file();
    if (memory.isPresent()) {
      inspector.readTimes(memory.get());
    }
    return inspector;
  }

  /** Returns the other files that a start opens; definitions often name the same files. */
  private static Set<String> filesOfStart(Definitions definitions, SnapshotDescription target) {
    ImmutableSet.Builder<String> files = ImmutableSet.builder();
    for (XmlNode definition : withTarget(definitions, target)) {
      Nvram.of(definition).ifPresent(nvram -> files.add(nvram.image(), nvram.template()));
      files.addAll(BootFiles.of(definition).keySet());
    }
    return files.build();
  }

  private static Iterable<XmlNode> withTarget(Definitions definitions, SnapshotDescription target) {
    return Iterables.concat(target.domain().stream().toList(), definitions.all());
  }

  private List<SnapshotDescription> snapshots(SnapshotDescription target)
      throws ConnectionLostException {
    return unknowns.ask(
        "the contents of the domain's other snapshots",
        ImmutableList.of(),
        () -> readSnapshots(target));
  }

  private List<SnapshotDescription> readSnapshots(SnapshotDescription target)
      throws LibvirtException {
    ImmutableList.Builder<SnapshotDescription> snapshots = ImmutableList.builder();
    snapshots.add(target);
    for (String name : snapshotCache.names()) {
      if (!name.equals(target.name())) {
        snapshots.add(snapshotCache.withoutDefinitions(name));
      }
    }
    return snapshots.build();
  }

  /** libvirt creates a bitmap in the image of each disk that the checkpoint does not exclude. */
  private Map<String, Set<String>> checkpoints(Map<String, String> paths) throws LibvirtException {
    ImmutableMap.Builder<String, Set<String>> checkpoints = ImmutableMap.builder();
    for (String description : new DomainQueries(domain).checkpointXmls()) {
      XmlNode checkpoint = XmlNode.parse(description);
      Set<String> excluded =
          checkpoint.all("disks/disk").stream()
              .filter(disk -> disk.text("@checkpoint").equals("no"))
              .map(disk -> disk.text("@name"))
              .collect(Collectors.toSet());
      checkpoints.put(
          checkpoint.text("name"),
          checkpoint.first("domain").map(Disk::of).orElse(List.of()).stream()
              .filter(disk -> disk.isWritable() && !excluded.contains(disk.target()))
              .map(disk -> disk.withPaths(paths).image())
              .collect(Collectors.toSet()));
    }
    return checkpoints.buildKeepingLast();
  }

  /** To read the size of an image, libvirt opens the image unless a guest has it open. */
  private Map<String, String> unreadable(OwnDisks own) throws ConnectionLostException {
    Map<String, String> unreadable = new LinkedHashMap<>();
    Set<String> rewritten = own.target().rewritten();
    for (Disk disk : own.disks()) {
      if (rewritten.contains(disk.image())) {
        try {
          DiskSize unused = new DomainQueries(domain).readSize(disk.target());
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

  private static Set<String> imagesOf(OwnDisks own, ImageReadings readings) {
    ImmutableSet.Builder<String> images = ImmutableSet.builder();
    images.addAll(readings.read().keySet()).addAll(readings.unread().keySet());
    images.addAll(readings.paths().keySet());
    images.addAll(Disk.images(own.disks().stream())).addAll(own.target().images());
    own.snapshots().forEach(snapshot -> images.addAll(snapshot.images()));
    return images.build();
  }

  /**
   * Returns the images that the revert deletes, and those that it writes to, except those that the
   * running guest writes to already: it has changed their linked clones before.
   */
  private static Set<String> clonedImages(DomainStatus before, OwnDisks own) {
    Set<String> writtenByGuest =
        own.ofGuest().stream()
            .filter(Disk::isWritable)
            .map(Disk::image)
            .collect(Collectors.toSet());
    Set<String> deleted =
        own.snapshots().stream()
            .filter(snapshot -> before.currentSnapshot().equals(Optional.of(snapshot.name())))
            .flatMap(current -> current.deletedOnRevertTo(own.target()).stream())
            .collect(Collectors.toSet());
    return ImmutableSet.copyOf(
        Sets.union(Sets.difference(own.target().rewritten(), writtenByGuest), deleted));
  }

  /**
   * Returns an image that the domain shares with another domain, if the snapshot has an image of
   * the same file name in the same place: both can be the same file.
   */
  private static Optional<String> sharedNamesake(OwnDisks own, OtherDomains others) {
    return own.disks().stream()
        .filter(disk -> own.target().disks().stream().anyMatch(then -> isNamesake(disk, then)))
        .map(Disk::image)
        .filter(
            image -> others.related().stream().anyMatch(other -> other.images().contains(image)))
        .findFirst();
  }

  private static boolean isNamesake(Disk now, Disk then) {
    return now.target().equals(then.target())
        && !now.image().equals(then.image())
        && ImageName.fileName(now.image()).equals(ImageName.fileName(then.image()));
  }

  private OtherDomains otherDomains(OtherDomainsQuery query) throws ConnectionLostException {
    OtherDomains others =
        unknowns.ask(
            "whether other domains use the domain's disk images",
            OtherDomains.none(false),
            () -> inventory.otherDomains(connect, query));
    others.unknowns().forEach(unknowns::add);
    return others;
  }
}
