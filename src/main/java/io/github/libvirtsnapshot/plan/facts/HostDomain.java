package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import java.util.Set;

/**
 * The facts about one domain of a host.
 *
 * @param reported the images that libvirt reported for all domains in one call
 * @param definition the content of the definition, if it was queried
 */
record HostDomain(String uuid, Optional<DomainImages> reported, Optional<Definition> definition) {
  /**
   * The content of a definition.
   *
   * @param domain empty if the domain no longer exists, or if its definition could not be read
   * @param ports the ports that the guest listens on
   * @param unknown the unknown to report, if the definition could not be read
   */
  record Definition(Optional<OtherDomain> domain, Set<String> ports, Optional<String> unknown) {
    static final Definition GONE =
        new Definition(Optional.empty(), ImmutableSet.of(), Optional.empty());

    private static Definition of(OtherDomain domain, XmlNode definition) {
      return new Definition(
          Optional.of(domain),
          domain.active() ? GraphicsPorts.of(definition) : ImmutableSet.of(),
          Optional.empty());
    }

    private static Definition unknown(String name, Exception e) {
      return new Definition(
          Optional.empty(),
          ImmutableSet.of(),
          Optional.of(
              "which images and ports domain "
                  + LogEscaper.quote(name)
                  + " uses: "
                  + e.getMessage()));
    }
  }

  static HostDomain of(DomainImages reported) {
    return new HostDomain(reported.uuid(), Optional.of(reported), Optional.empty());
  }

  /** Returns a domain about which only the UUID is known. */
  static HostDomain unknown(String uuid) {
    return new HostDomain(uuid, Optional.empty(), Optional.empty());
  }

  /** Returns the same domain, which no longer exists. */
  HostDomain gone() {
    return with(Definition.GONE);
  }

  /** Returns the same domain, whose definition libvirt does not return. */
  HostDomain refused(LibvirtException e) {
    return with(Definition.unknown(reported.map(DomainImages::name).orElse(uuid), e));
  }

  HostDomain read(Domain domain) throws ConnectionLostException {
    try {
      XmlNode definition = XmlNode.parse(domain.getXMLDesc());
      return with(Definition.of(OtherDomain.of(domain.getName(), definition), definition));
    } catch (NoSuchDomainException e) {
      return gone();
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | UnreadableXmlException e) {
      return with(Definition.unknown(domain.getName(), e));
    }
  }

  private HostDomain with(Definition read) {
    return new HostDomain(uuid, reported, Optional.of(read));
  }

  boolean isRead() {
    return definition.isPresent();
  }

  /** Returns the unknown to report, if the definition was queried and could not be read. */
  Optional<String> unknown() {
    return definition.flatMap(Definition::unknown);
  }

  /** Returns whether {@link #images} are all images of the domain. */
  boolean hasKnownImages() {
    return reported.filter(DomainImages::complete).isPresent()
        || definition.filter(read -> read.unknown().isEmpty()).isPresent();
  }

  /** Returns the known images of the domain. */
  Set<String> images() {
    return Sets.union(
        reported.map(DomainImages::images).orElse(ImmutableSet.of()),
        definition.flatMap(Definition::domain).map(OtherDomain::images).orElse(ImmutableSet.of()));
  }

  /** Returns whether the domain is active or its state is unknown. */
  boolean mayBeActive() {
    return definition
        .filter(read -> read.unknown().isEmpty())
        .map(read -> read.domain().filter(OtherDomain::active).isPresent())
        .orElse(reported.isEmpty());
  }
}
