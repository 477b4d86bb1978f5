package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LibvirtUnavailableException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.host.HostQueries;
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
 * The domains of a host at one time. A definition is read when it first matters, and once; from
 * then on, an image leads to the domains that have it. Not thread-safe.
 */
final class HostDomains {
  /** A listing makes a reference to each domain: to find few of many, it takes longer. */
  private static final int LISTED_FOR_ONE = 16;

  private final Map<String, HostDomain> byUuid = new LinkedHashMap<>();

  /** The UUIDs of the domains that have an image. */
  private final SetMultimap<String, String> byImage = LinkedHashMultimap.create();

  private HostDomains() {}

  /** Asks for all, and for the images of the inactive ones where libvirt has them in one call. */
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
      // Their definitions are read, as those of the active ones are.
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
    domain.images().forEach(image -> byImage.put(image, uuid));
  }

  /** Replaces what is known of a domain. */
  void replace(String uuid, Optional<DomainImages> images) {
    put(images.map(HostDomain::of).orElseGet(() -> HostDomain.unknown(uuid)));
  }

  /**
   * Returns what all domains but one have.
   *
   * @param uuid the one
   * @param images the images that matter
   * @param portsMatter whether the ports that guests listen on matter too
   */
  OtherDomains otherDomainsOf(Connect connect, String uuid, Set<String> images, boolean portsMatter)
      throws LibvirtException {
    List<HostDomain> sharing = sharing(connect, uuid, images);
    List<HostDomain> active =
        portsMatter ? read(connect, others(uuid, HostDomain::mayBeActive)) : ImmutableList.of();
    return new OtherDomains(
        definitions(sharing).flatMap(definition -> definition.domain().stream()).toList(),
        sharing.stream().allMatch(domain -> domain.unknown().isEmpty()),
        listening(active),
        Stream.concat(sharing.stream(), active.stream())
            .flatMap(domain -> domain.unknown().stream())
            .distinct()
            .toList());
  }

  private List<String> others(String uuid, Predicate<HostDomain> which) {
    return byUuid.values().stream()
        .filter(which)
        .map(HostDomain::uuid)
        .filter(other -> !other.equals(uuid))
        .toList();
  }

  /** Returns those that have one of the images, or an image in common with one that does. */
  private List<HostDomain> sharing(Connect connect, String uuid, Set<String> images)
      throws LibvirtException {
    read(connect, others(uuid, domain -> !domain.hasKnownImages()));
    Set<String> found = new LinkedHashSet<>();
    Set<String> known = new HashSet<>(images);
    for (Set<String> sought = images; !sought.isEmpty(); ) {
      if (!sought.stream().allMatch(HostDomains::isPath)) {
        read(connect, others(uuid, domain -> true));
      }
      Set<String> more = having(sought);
      more.remove(uuid);
      more.removeAll(found);
      found.addAll(more);
      sought =
          read(connect, more).stream()
              .flatMap(domain -> domain.images().stream())
              .filter(known::add)
              .collect(Collectors.toSet());
    }
    found.addAll(others(uuid, domain -> !domain.hasKnownImages()));
    return found.stream().map(byUuid::get).toList();
  }

  /** libvirt tells the path of an active guest's volume, whose definition has its name. */
  private static boolean isPath(String image) {
    return image.startsWith("/");
  }

  private Set<String> having(Set<String> images) {
    Set<String> having = new LinkedHashSet<>();
    images.forEach(image -> having.addAll(byImage.get(image)));
    return having;
  }

  /** Reads the definitions of those whose definition was not read yet. */
  private List<HostDomain> read(Connect connect, Collection<String> uuids) throws LibvirtException {
    List<HostDomain> unread =
        uuids.stream().map(byUuid::get).filter(domain -> !domain.isRead()).toList();
    if (unread.size() * LISTED_FOR_ONE <= byUuid.size()) {
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
    try (Domain found = connect.domainLookupByUUIDString(domain.uuid())) {
      return domain.read(found);
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
