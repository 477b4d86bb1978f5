package io.github.libvirtsnapshot.revert;

import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;

/** A snapshot of the present, to go back to. */
final class SafetySnapshot {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Domain domain;
  private final String name;

  /** What has to be made again first, should the domain be transient and gone. */
  private Optional<TransientDomain> transientDomain = Optional.empty();

  SafetySnapshot(Domain domain) {
    this.domain = domain;
    this.name = newName(Instant.now());
  }

  /** Makes a name that says what it is, and that is never used twice. */
  static String newName(Instant now) {
    return "before-revert-" + TIME.format(now) + "-" + UUID.randomUUID();
  }

  String name() {
    return name;
  }

  /** Takes it, with the guest's memory if the domain is active. */
  void take(RevertRequest request, boolean persistent) throws LibvirtException {
    domain.snapshotCreateXML(xml(request)).close();
    if (!persistent) {
      transientDomain = Optional.of(TransientDomain.of(domain));
    }
  }

  private String xml(RevertRequest request) {
    String target = request.snapshot().orElse("the current snapshot");
    return "<domainsnapshot><name>"
        + name
        + "</name><description>Safety snapshot, taken before reverting to "
        + XmlEscapers.xmlContentEscaper().escape(target)
        + "</description></domainsnapshot>";
  }

  /** Goes back to it; a managed save image fits its disks again, so that FORCE risks nothing. */
  void restore() throws LibvirtException {
    if (transientDomain.isPresent() && Look.at(domain).isGone()) {
      transientDomain.get().create(domain);
    }
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      domain.revertToSnapshot(snapshot, RevertFlag.FORCE);
    }
  }

  /** Deletes it if it is there; returns why it may still be there, if so. */
  Optional<Throwable> discard() {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      snapshot.delete();
      return Optional.empty();
    } catch (NoSuchSnapshotException e) {
      return Optional.empty();
    } catch (LibvirtException | RuntimeException | Error e) {
      return isGone() ? Optional.empty() : Optional.of(e);
    }
  }

  private boolean isGone() {
    try {
      domain.snapshotLookupByName(name).close();
      return false;
    } catch (NoSuchSnapshotException e) {
      return true;
    } catch (LibvirtException | RuntimeException | Error e) {
      return false;
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
