package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.ErrorNumber;
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
 * @param readOnly whether the connection may change nothing, if the domain is active
 */
record Definitions(
    Optional<XmlNode> active, Optional<XmlNode> persistent, Optional<Boolean> readOnly) {
  /** Reads them. */
  static Definitions of(Domain domain, DomainStatus before) throws LibvirtException {
    Optional<XmlNode> persistent =
        before.persistent()
            ? Optional.of(XmlNode.parse(domain.getXMLDesc(DomainXmlFlag.INACTIVE)))
            : Optional.empty();
    if (!before.isActive() && persistent.isPresent()) {
      return new Definitions(Optional.empty(), persistent, Optional.empty());
    }
    Optional<String> secure = secure(domain);
    String active = secure.isPresent() ? secure.get() : domain.getXMLDesc();
    return new Definitions(
        Optional.of(XmlNode.parse(active)), persistent, Optional.of(secure.isEmpty()));
  }

  /** Describes the domain with its secrets, which libvirt shows to those who may change it. */
  private static Optional<String> secure(Domain domain) throws LibvirtException {
    try {
      return Optional.of(domain.getXMLDesc(DomainXmlFlag.SECURE));
    } catch (LibvirtException e) {
      if (e.getError().getCode() == ErrorNumber.VIR_ERR_OPERATION_DENIED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Returns whether the connection may change nothing. */
  boolean areReadOnly(Domain domain) throws LibvirtException {
    return readOnly.isPresent() ? readOnly.get() : secure(domain).isEmpty();
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
