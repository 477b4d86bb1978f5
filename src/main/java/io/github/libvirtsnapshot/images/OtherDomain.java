package io.github.libvirtsnapshot.images;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;

/**
 * Another domain of the host, which may have the same images.
 *
 * @param name its name
 * @param active whether it has a process, which holds its images open
 * @param disks its disks
 */
public record OtherDomain(String name, boolean active, List<Disk> disks) {
  /** Reads the definition of the domain of this name. */
  public static OtherDomain of(String name, XmlNode definition) {
    return new OtherDomain(name, !definition.text("@id").isEmpty(), Disk.of(definition));
  }
}
