package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a domain is defined as.
 *
 * @param active the domain as it is, if it is active
 * @param persistent what it would be started as, if it is persistent
 */
record Definitions(Optional<XmlNode> active, Optional<XmlNode> persistent) {
  /** Reads them. */
  static Definitions of(Domain domain, DomainStatus before) throws LibvirtException {
    Optional<XmlNode> persistent =
        before.persistent() ? Optional.of(read(domain, DomainXmlFlag.INACTIVE)) : Optional.empty();
    return before.isActive() || persistent.isEmpty()
        ? new Definitions(Optional.of(read(domain)), persistent)
        : new Definitions(Optional.empty(), persistent);
  }

  private static XmlNode read(Domain domain, DomainXmlFlag... flags) throws LibvirtException {
    return XmlNode.parse(domain.getXMLDesc(flags));
  }

  /** Returns the domain as it is. */
  XmlNode now() {
    return active.or(() -> persistent).orElseThrow();
  }

  /** Returns both, as far as there are. */
  List<XmlNode> all() {
    return Stream.concat(active.stream(), persistent.stream()).toList();
  }
}
