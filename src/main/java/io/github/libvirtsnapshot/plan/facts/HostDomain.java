package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of a domain of a host.
 *
 * @param told what libvirt told of it in one call with all others
 * @param definition what its definition says, if that was asked for
 */
record HostDomain(String uuid, Optional<DomainImages> told, Optional<Definition> definition) {
  /**
   * What a definition says.
   *
   * @param domain empty if the domain is gone, or its definition could not be read
   * @param ports the ports that its guest listens on
   * @param unknown what is not known of it, as its definition could not be read
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
              "what domain " + LogEscaper.quote(name) + " has of the host: " + e.getMessage()));
    }
  }

  static HostDomain of(DomainImages told) {
    return new HostDomain(told.uuid(), Optional.of(told), Optional.empty());
  }

  /** One of which nothing is known. */
  static HostDomain unknown(String uuid) {
    return new HostDomain(uuid, Optional.empty(), Optional.empty());
  }

  /** Returns the same domain, which is gone. */
  HostDomain gone() {
    return with(Definition.GONE);
  }

  /** Returns the same domain, whose definition libvirt does not give. */
  HostDomain refused(LibvirtException e) {
    return with(Definition.unknown(told.map(DomainImages::name).orElse(uuid), e));
  }

  /** Reads its definition. */
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
    return new HostDomain(uuid, told, Optional.of(read));
  }

  boolean isRead() {
    return definition.isPresent();
  }

  /** Returns what is not known of it although its definition was asked for. */
  Optional<String> unknown() {
    return definition.flatMap(Definition::unknown);
  }

  /** Returns whether {@link #images} are all that it has. */
  boolean hasKnownImages() {
    return told.filter(DomainImages::complete).isPresent()
        || definition.filter(read -> read.unknown().isEmpty()).isPresent();
  }

  /** Returns the images that it is known to have. */
  Set<String> images() {
    return Sets.union(
        told.map(DomainImages::images).orElse(ImmutableSet.of()),
        definition
            .flatMap(Definition::domain)
            .map(domain -> Disk.images(domain.disks().stream()))
            .orElse(ImmutableSet.of()));
  }

  /** Returns whether it is active, as far as that is known. */
  boolean mayBeActive() {
    return definition
        .filter(read -> read.unknown().isEmpty())
        .map(read -> read.domain().filter(OtherDomain::active).isPresent())
        .orElse(told.isEmpty());
  }
}
