package io.github.libvirtsnapshot.revert;

import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.RevertFlag;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;

/** A snapshot of the present, to come back to. */
final class SafetySnapshot {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Domain domain;
  private final String name;

  /** What has to be made anew first, should the domain be transient and gone. */
  private Optional<TransientDomain> lastingCopy = Optional.empty();

  private SafetySnapshot(Domain domain, String name) {
    this.domain = domain;
    this.name = name;
  }

  /** Makes a name that a person understands, and that nobody else makes. */
  static String newName(Instant now) {
    return "before-revert-" + TIME.format(now) + "-" + UUID.randomUUID();
  }

  /** Takes it, with the guest's memory if the domain is active. */
  static SafetySnapshot take(Domain domain, String name, RevertFacts facts)
      throws LibvirtException {
    domain.snapshotCreateXML(xml(name, facts.request())).close();
    SafetySnapshot safety = new SafetySnapshot(domain, name);
    if (!facts.before().get().persistent()) {
      safety.keepTransientDomain();
    }
    return safety;
  }

  private static String xml(String name, RevertRequest request) {
    String target = request.snapshot().orElse("the current snapshot");
    return "<domainsnapshot><name>"
        + name
        + "</name><description>Safety snapshot, taken before reverting to "
        + XmlEscapers.xmlContentEscaper().escape(target)
        + "</description></domainsnapshot>";
  }

  private void keepTransientDomain() throws LibvirtException {
    try {
      lastingCopy = Optional.of(TransientDomain.of(domain));
    } catch (LibvirtException e) {
      delete().ifPresent(e::addSuppressed);
      throw e;
    }
  }

  /** Goes back to it; a managed save image fits its disks again, so that FORCE risks nothing. */
  void restore() throws LibvirtException {
    if (lastingCopy.isPresent() && Aftermath.of(domain).isGone()) {
      lastingCopy.get().create(domain);
    }
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      domain.revertToSnapshot(snapshot, RevertFlag.FORCE);
    }
  }

  /** Deletes it; returns why it could not, if so. */
  Optional<Exception> delete() {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      snapshot.delete();
      return Optional.empty();
    } catch (LibvirtException | IllegalStateException e) {
      return Optional.of(e);
    }
  }

  /** Returns what a person has to do to go back to it; nothing in it is special to a shell. */
  static String wayBack(RevertRequest request, String name) {
    return "to go back to what it was: virsh snapshot-revert --force "
        + request.uuid()
        + " "
        + name;
  }
}
