package io.github.libvirtsnapshot.snapshots.descriptions;

import com.google.common.base.Ascii;
import com.google.common.escape.Escaper;
import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import java.util.Map;
import java.util.Optional;

/**
 * The XML of a snapshot to take.
 *
 * @param name the name of the snapshot
 * @param description the description of the snapshot
 * @param memory where libvirt stores the memory of the guest; empty if libvirt chooses
 * @param disks by target, where libvirt stores each disk; libvirt chooses for the others
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public record SnapshotXml(
    String name,
    Optional<String> description,
    Optional<StorageLocation> memory,
    Map<String, StorageLocation> disks) {
  /** Escapes line breaks, too: an XML parser reads a carriage return as a line feed. */
  private static final Escaper ESCAPER = XmlEscapers.xmlAttributeEscaper();

  /** Returns the XML on one line. */
  public String text() {
    StringBuilder xml = new StringBuilder("<domainsnapshot><name>");
    xml.append(ESCAPER.escape(name)).append("</name>");
    description.ifPresent(
        text -> xml.append("<description>").append(ESCAPER.escape(text)).append("</description>"));
    memory.ifPresent(
        location -> {
          xml.append("<memory snapshot='").append(word(location)).append('\'');
          location.file().ifPresent(file -> append(xml, " file", file));
          xml.append("/>");
        });
    if (!disks.isEmpty()) {
      xml.append("<disks>");
      disks.forEach((target, location) -> append(xml, target, location));
      xml.append("</disks>");
    }
    return xml.append("</domainsnapshot>").toString();
  }

  private static void append(StringBuilder xml, String target, StorageLocation location) {
    append(xml, "<disk name", target);
    xml.append(" snapshot='").append(word(location)).append('\'');
    if (location.file().isEmpty()) {
      xml.append("/>");
      return;
    }
    append(xml, "><source file", location.file().get());
    xml.append("/></disk>");
  }

  private static void append(StringBuilder xml, String attribute, String value) {
    xml.append(attribute).append("='").append(ESCAPER.escape(value)).append('\'');
  }

  private static String word(StorageLocation location) {
    return Ascii.toLowerCase(location.kind().name());
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return "XML of snapshot " + LogEscaper.quote(name);
  }
}
