package io.github.libvirtsnapshot.archive;

import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotXmlFlag;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;

/**
 * The metadata of one snapshot.
 *
 * @param xml libvirt's XML
 */
record ArchivedSnapshot(XmlNode xml) {
  private static final String DOMAIN = "domain";
  private static final String INACTIVE_DOMAIN = "inactiveDomain";
  private static final String NAME = "name";
  private static final String PARENT = "parent";
  private static final String UUID = "uuid";

  /**
   * Fetches the XML of a snapshot. libvirt writes a carriage return unescaped, and each XML parser,
   * also libvirt's own, would read it as a line feed.
   */
  static ArchivedSnapshot of(DomainSnapshot snapshot, SnapshotXmlFlag... flags)
      throws LibvirtException {
    return new ArchivedSnapshot(
        XmlNode.parseWithComments(snapshot.getXMLDesc(flags).replace("\r", "&#13;")));
  }

  String name() {
    return xml.first(NAME).map(XmlNode::ownText).orElse("");
  }

  Optional<String> parent() {
    return xml.first(PARENT + "/" + NAME).map(XmlNode::ownText);
  }

  /** Returns the UUID in the definition of the domain; empty if there is none. */
  String domainUuid() {
    return xml.text(DOMAIN + "/" + UUID);
  }

  /**
   * Reads the XML.
   *
   * @throws IllegalStateException if it is not the XML of a snapshot
   */
  SnapshotDescription description() {
    return SnapshotDescription.parse(xml.exactXml());
  }

  /** Returns the same snapshot with another parent, or without one; it has a parent now. */
  ArchivedSnapshot withParent(Optional<String> parent) {
    return new ArchivedSnapshot(
        parent.isEmpty()
            ? xml.withoutChildren(PARENT)
            : xml.mapChildren(
                part ->
                    part.name().equals(PARENT)
                        ? part.mapChildren(name -> name.withText(parent.get()))
                        : part));
  }

  /** Returns the same snapshot of a domain with another name and UUID. */
  ArchivedSnapshot forDomain(String name, String uuid) {
    return new ArchivedSnapshot(
        xml.mapChildren(
            part ->
                switch (part.name()) {
                  case DOMAIN, INACTIVE_DOMAIN -> definition(part, name, uuid);
                  default -> part;
                }));
  }

  private static XmlNode definition(XmlNode domain, String name, String uuid) {
    return domain.mapChildren(
        part ->
            switch (part.name()) {
              case NAME -> part.withText(name);
              case UUID -> part.withText(uuid);
              case "sysinfo" -> systemInformation(part, uuid);
              default -> part;
            });
  }

  /** libvirt refuses a definition whose SMBIOS system information has another UUID. */
  private static XmlNode systemInformation(XmlNode sysinfo, String uuid) {
    return sysinfo.mapChildren(
        table ->
            table.name().equals("system")
                ? table.mapChildren(
                    entry -> entry.text("@name").equals(UUID) ? entry.withText(uuid) : entry)
                : table);
  }
}
