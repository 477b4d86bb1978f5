package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The definitions of a domain.
 *
 * @param active the definition of the running guest, if the domain is active
 * @param persistent the definition for the next start, if the domain is persistent
 * @param readOnly whether the connection is read-only; empty if the domain is shut off
 */
public record Definitions(
    Optional<XmlNode> active, Optional<XmlNode> persistent, Optional<Boolean> readOnly) {
  /** A definition with its secrets, which libvirt returns only on a read-write connection. */
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

  /**
   * Queries the definition of the active guest, without its secrets.
   *
   * @throws IllegalStateException if libvirt returns XML that the library cannot read
   */
  public static XmlNode live(Domain domain) throws LibvirtException {
    return XmlNode.parse(domain.getXMLDesc());
  }

  /** Returns whether the connection is known to be read-only. */
  boolean areReadOnly(Domain domain, Unknowns unknowns) throws ConnectionLostException {
    return readOnly.isPresent() ? readOnly.get() : Secure.of(domain, unknowns).readOnly;
  }

  /** Returns the active definition, or else the persistent one. */
  public XmlNode now() {
    return active.or(() -> persistent).orElseThrow();
  }

  /** Returns the definitions that exist. */
  List<XmlNode> all() {
    return Stream.concat(active.stream(), persistent.stream()).toList();
  }

  /** Returns the disks of all definitions. */
  List<Disk> disks() {
    return all().stream().flatMap(definition -> Disk.of(definition).stream()).toList();
  }
}
