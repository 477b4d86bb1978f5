package io.github.libvirtsnapshot.archive;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Compares the images of a domain's disks with those that the disks had when the archive was read.
 * libvirt adds the snapshots to a domain with any images.
 *
 * @param domain the definition of the domain
 * @param archived the images when the archive was read, by the target of the disk
 * @param snapshots the snapshots of the archive
 */
record ImageCheck(
    XmlNode domain, Map<String, String> archived, Collection<SnapshotDescription> snapshots) {
  /** Returns by target the image of each disk that the guest can write to. */
  static Map<String, String> images(XmlNode definition) {
    return Disk.of(definition).stream()
        .filter(Disk::isWritable)
        .collect(
            ImmutableSortedMap.toImmutableSortedMap(
                String::compareTo, Disk::target, Disk::image, (first, second) -> second));
  }

  /** Returns the disks that are on an image beneath an overlay of the archive. */
  List<String> refusals() {
    return changed()
        .filter(disk -> !basedOn(disk).isEmpty())
        .map(this::refusal)
        .collect(ImmutableList.toImmutableList());
  }

  /** Returns the disks that are on other images, whose relation to the archive is not known. */
  List<String> unknowns() {
    return changed()
        .filter(disk -> basedOn(disk).isEmpty())
        .map(
            disk ->
                "whether disk %s, which is on %s, has the content that it had on %s when the archive was read"
                    .formatted(
                        LogEscaper.escape(disk.target()),
                        LogEscaper.quote(disk.image()),
                        LogEscaper.quote(before(disk))))
        .collect(ImmutableList.toImmutableList());
  }

  private Stream<Disk> changed() {
    return Disk.of(domain).stream()
        .filter(Disk::isWritable)
        .filter(disk -> !before(disk).equals(disk.image()));
  }

  /** A disk that was not there is as before. */
  private String before(Disk disk) {
    return archived.getOrDefault(disk.target(), disk.image());
  }

  /** Returns the snapshots that froze the image of the disk: the guest wrote to an overlay then. */
  private List<String> basedOn(Disk disk) {
    return snapshots.stream()
        .filter(
            snapshot ->
                snapshot.disks().stream()
                    .anyMatch(
                        each -> snapshot.isExternal(each) && each.image().equals(disk.image())))
        .map(SnapshotDescription::name)
        .toList();
  }

  private String refusal(Disk disk) {
    List<String> names = basedOn(disk);
    return ("disk %s of the domain is on %s, which contains the external %s, and was on %s when the"
            + " archive was read: the guest would lose the data since then, and damage that"
            + " snapshot and its overlay; define the domain with %s first (virsh edit %s); to keep"
            + " the disk as it is, leave out the external snapshots with without()")
        .formatted(
            LogEscaper.escape(disk.target()),
            LogEscaper.quote(disk.image()),
            (names.size() == 1 ? "snapshot " : "snapshots ") + ExistingNames.quoted(names),
            LogEscaper.quote(before(disk)),
            LogEscaper.quote(before(disk)),
            ShellText.domain(domain.text("name"), domain.text("uuid")));
  }
}
