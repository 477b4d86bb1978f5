package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import com.google.common.collect.Sets;
import com.google.common.collect.Streams;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LibvirtUnavailableException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The domains of a host at one time, indexed by their images. Each definition is read once, when it
 * is first required. Not thread-safe.
 */
final class HostDomains {
  /** Listing all domains is faster than looking up more than one in this many. */
  private static final int LISTED_PER_LOOKUP = 16;

  private final Map<String, HostDomain> byUuid = new LinkedHashMap<>();

  /** The UUIDs of the domains that use an image. */
  private final SetMultimap<String, String> byImage = LinkedHashMultimap.create();

  /** The images with a file name, also those that no domain uses any longer. */
  private final SetMultimap<String, String> byFileName = LinkedHashMultimap.create();

  /** The images with a path without its extension, also those that no domain uses any longer. */
  private final SetMultimap<String, String> byStem = LinkedHashMultimap.create();

  private final VolumePaths paths = new VolumePaths();
  private final CloneFinder clones = new CloneFinder(paths);

  private HostDomains() {}

  /** Lists all domains, and queries the images of the inactive ones in one call if supported. */
  static HostDomains of(Connect connect) throws LibvirtException {
    HostDomains domains = new HostDomains();
    domains.putListed(connect);
    try {
      new HostQueries(connect)
          .inactiveDomainImages()
          .forEach(images -> domains.put(HostDomain.of(images)));
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | LibvirtUnavailableException e) {
      // The definitions of the inactive domains are read later, as those of the active ones.
    }
    return domains;
  }

  private void putListed(Connect connect) throws LibvirtException {
    List<Domain> listed = connect.listAllDomains();
    try {
      for (Domain domain : listed) {
        put(HostDomain.unknown(domain.getUUIDString()));
      }
    } finally {
      listed.forEach(Domain::close);
    }
  }

  private void put(HostDomain domain) {
    String uuid = domain.uuid();
    HostDomain before = byUuid.put(uuid, domain);
    if (before != null) {
      before.images().forEach(image -> byImage.remove(image, uuid));
    }
    for (String image : domain.images()) {
      byImage.put(image, uuid);
      byFileName.put(ImageName.fileName(image), image);
      byStem.put(ImageName.withoutExtension(image), image);
    }
  }

  /** Replaces the facts about a domain. */
  void replace(String uuid, Optional<DomainImages> images) {
    put(images.map(HostDomain::of).orElseGet(() -> HostDomain.unknown(uuid)));
  }

  /** Returns the images and ports of all domains except one. */
  OtherDomains otherDomains(Connect connect, OtherDomainsQuery query) throws LibvirtException {
    String uuid = query.uuid();
    Set<String> images =
        Sets.union(query.images(), query.nvram().map(Set::of).orElse(Set.of())).immutableCopy();
    boolean nvramMatters = query.nvram().isPresent();
    read(connect, others(uuid, domain -> nvramMatters || !domain.hasKnownImages()));
    Optional<String> unknownBase =
        query.clonedImages().isEmpty() ? Optional.empty() : findClones(connect, query);
    findVolumes(connect, images);
    List<HostDomain> sharing = sharing(connect, uuid, images);
    List<HostDomain> active =
        query.portsMatter()
            ? read(connect, others(uuid, HostDomain::mayBeActive))
            : ImmutableList.of();
    return new OtherDomains(
        definitions(sharing)
            .flatMap(definition -> definition.domain().stream())
            .map(domain -> domain.withPaths(paths.known()))
            .map(domain -> domain.withBackingImages(clones::beneath))
            .toList(),
        sharing.stream().allMatch(domain -> domain.unknown().isEmpty()),
        listening(active),
        Streams.concat(
                Stream.concat(sharing.stream(), active.stream())
                    .flatMap(domain -> domain.unknown().stream())
                    .distinct(),
                namesake(uuid, images).map(HostDomains::unknownPath).stream(),
                unknownBase.stream())
            .toList());
  }

  /** Adds the path of each volume to the index that can be one of these images. */
  private void findVolumes(Connect connect, Set<String> images) throws ConnectionLostException {
    Set<String> volumes =
        images.stream()
            .flatMap(image -> byFileName.get(ImageName.fileName(image)).stream())
            .filter(other -> ImageName.isVolume(other) && !images.contains(other))
            .collect(Collectors.toSet());
    paths.findAll(new HostQueries(connect), volumes);
    volumes.forEach(volume -> byImage.putAll(paths.known(volume), byImage.get(volume)));
  }

  /**
   * Adds the backing images of the inactive domains' images to the index.
   *
   * @return what remains unknown
   */
  private Optional<String> findClones(Connect connect, OtherDomainsQuery query)
      throws ConnectionLostException {
    SetMultimap<String, String> uuidsByImage = LinkedHashMultimap.create();
    for (HostDomain domain : byUuid.values()) {
      if (!domain.mayBeActive() && !domain.uuid().equals(query.uuid())) {
        domain.images().forEach(image -> uuidsByImage.put(image, domain.uuid()));
      }
    }
    Optional<String> unknown = clones.query(connect, uuidsByImage.keySet(), query.images());
    uuidsByImage.forEach(
        (image, uuid) -> clones.beneath(image).forEach(base -> byImage.put(base, uuid)));
    return unknown;
  }

  /**
   * Returns an image of another domain that has the file name of one of these images: it is the
   * same file if a path contains a link, or if a folder is mounted twice.
   */
  private Optional<String> namesake(String uuid, Set<String> images) {
    return images.stream()
        .filter(HostDomains::isPath)
        .flatMap(image -> byFileName.get(ImageName.fileName(image)).stream())
        .filter(other -> !images.contains(other) && !images.contains(paths.known(other)))
        .filter(other -> byImage.get(other).stream().anyMatch(user -> !user.equals(uuid)))
        .findFirst();
  }

  static String unknownPath(String image) {
    return "whether another domain uses an image of the domain under another path, as "
        + LogEscaper.quote(image);
  }

  private List<String> others(String uuid, Predicate<HostDomain> which) {
    return byUuid.values().stream()
        .filter(which)
        .map(HostDomain::uuid)
        .filter(other -> !other.equals(uuid))
        .toList();
  }

  /**
   * Returns the domains that use one of the images or share an image with such a domain, and those
   * with an image that differs only in the extension.
   */
  private List<HostDomain> sharing(Connect connect, String uuid, Set<String> images)
      throws LibvirtException {
    Set<String> uuids = new LinkedHashSet<>();
    Set<String> known = new HashSet<>(images);
    for (Set<String> sought = images; !sought.isEmpty(); ) {
      if (!sought.stream().allMatch(HostDomains::isPath)) {
        read(connect, others(uuid, domain -> true));
      }
      Set<String> more = usersOf(sought);
      more.remove(uuid);
      more.removeAll(uuids);
      uuids.addAll(more);
      sought =
          read(connect, more).stream()
              .flatMap(domain -> domain.images().stream())
              .filter(known::add)
              .collect(Collectors.toSet());
    }
    uuids.addAll(others(uuid, domain -> !domain.hasKnownImages()));
    Set<String> namesakes = usersOfOtherExtensions(images);
    namesakes.remove(uuid);
    read(connect, namesakes);
    uuids.addAll(namesakes);
    return uuids.stream().map(byUuid::get).toList();
  }

  /** libvirt reports the path of an active guest's volume; the definition names the volume. */
  private static boolean isPath(String image) {
    return image.startsWith("/");
  }

  /** libvirt could give the overlays of these domains the names of the domain's. */
  private Set<String> usersOfOtherExtensions(Set<String> images) {
    return usersOf(
        images.stream()
            .flatMap(image -> byStem.get(ImageName.withoutExtension(image)).stream())
            .collect(Collectors.toSet()));
  }

  private Set<String> usersOf(Set<String> images) {
    Set<String> users = new LinkedHashSet<>();
    images.forEach(image -> users.addAll(byImage.get(image)));
    return users;
  }

  /** Returns the domains with their definitions, which are read if they were not read before. */
  private List<HostDomain> read(Connect connect, Collection<String> uuids) throws LibvirtException {
    List<HostDomain> unread =
        uuids.stream().map(byUuid::get).filter(domain -> !domain.isRead()).toList();
    if (unread.size() * LISTED_PER_LOOKUP <= byUuid.size()) {
      for (HostDomain domain : unread) {
        put(lookUp(connect, domain));
      }
    } else {
      readListed(connect, unread);
    }
    return uuids.stream().map(byUuid::get).toList();
  }

  private static HostDomain lookUp(Connect connect, HostDomain domain)
      throws ConnectionLostException {
    try (Domain handle = connect.domainLookupByUUIDString(domain.uuid())) {
      return domain.read(handle);
    } catch (NoSuchDomainException e) {
      return domain.gone();
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException e) {
      return domain.refused(e);
    }
  }

  private void readListed(Connect connect, List<HostDomain> unread) throws LibvirtException {
    List<Domain> listed = connect.listAllDomains();
    try {
      Map<String, Domain> handles = new HashMap<>();
      for (Domain domain : listed) {
        handles.put(domain.getUUIDString(), domain);
      }
      for (HostDomain domain : unread) {
        Domain handle = handles.get(domain.uuid());
        put(handle == null ? domain.gone() : domain.read(handle));
      }
    } finally {
      listed.forEach(Domain::close);
    }
  }

  private static Stream<HostDomain.Definition> definitions(List<HostDomain> domains) {
    return domains.stream().flatMap(domain -> domain.definition().stream());
  }

  private static Map<String, String> listening(List<HostDomain> active) {
    Map<String, String> listening = new HashMap<>();
    definitions(active)
        .forEach(
            definition ->
                definition
                    .domain()
                    .ifPresent(
                        domain ->
                            definition
                                .ports()
                                .forEach(port -> listening.put(port, domain.name()))));
    return ImmutableMap.copyOf(listening);
  }
}
