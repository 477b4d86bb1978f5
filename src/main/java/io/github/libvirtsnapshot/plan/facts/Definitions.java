package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
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
public record Definitions(
    Optional<XmlNode> active, Optional<XmlNode> persistent, Optional<Boolean> readOnly) {
  /** A definition with its secrets, which libvirt shows to those who may change the domain. */
  private record Secure(Optional<String> xml, boolean readOnly) {
    static final Secure REFUSED = new Secure(Optional.empty(), false);

    static Secure of(Domain domain, Unknowns unknowns) throws ConnectionLostException {
      return unknowns.ask(
          "whether the connection may change the domain", REFUSED, () -> orReadOnly(domain));
    }

    private static Secure orReadOnly(Domain domain) throws LibvirtException {
      try {
        return new Secure(Optional.of(domain.getXMLDesc(DomainXmlFlag.SECURE)), false);
      } catch (LibvirtException e) {
        if (e.getError().getCode() == ErrorNumber.VIR_ERR_OPERATION_DENIED) {
          return new Secure(Optional.empty(), true);
        }
        throw e;
      }
    }
  }

  /** Reads them. */
  static Definitions of(Domain domain, DomainStatus before, Unknowns unknowns)
      throws LibvirtException {
    Optional<XmlNode> persistent =
        before.persistent()
            ? Optional.of(XmlNode.parse(domain.getXMLDesc(DomainXmlFlag.INACTIVE)))
            : Optional.empty();
    if (!before.isActive() && persistent.isPresent()) {
      return new Definitions(Optional.empty(), persistent, Optional.empty());
    }
    Secure secure = Secure.of(domain, unknowns);
    String active = secure.xml.isPresent() ? secure.xml.get() : domain.getXMLDesc();
    return new Definitions(
        Optional.of(XmlNode.parse(active)), persistent, Optional.of(secure.readOnly));
  }

  /** Returns whether the connection is known to be one that may change nothing. */
  boolean areReadOnly(Domain domain, Unknowns unknowns) throws ConnectionLostException {
    return readOnly.isPresent() ? readOnly.get() : Secure.of(domain, unknowns).readOnly;
  }

  /** Returns the domain as it is. */
  public XmlNode now() {
    return active.or(() -> persistent).orElseThrow();
  }

  /** Returns both, as far as there are. */
  List<XmlNode> all() {
    return Stream.concat(active.stream(), persistent.stream()).toList();
  }
}
