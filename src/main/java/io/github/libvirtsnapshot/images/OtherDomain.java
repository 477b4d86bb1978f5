package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableList;
import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Another domain of the host, which may have the same images.
 *
 * @param name its name
 * @param active whether it has a process, which holds its images open
 * @param disks its disks
 */
public record OtherDomain(String name, boolean active, List<Disk> disks) {
  /** Reads a definition. */
  static OtherDomain of(String name, String definition) {
    XmlNode domain = XmlNode.parse(definition);
    return new OtherDomain(name, !domain.text("@id").isEmpty(), Disk.of(domain));
  }

  /**
   * Returns those that may have one of the images, or have an image in common with one that does.
   * On a host with many domains, most have none, and their definitions are not parsed.
   *
   * @param definitions of the other domains, by name
   */
  public static List<OtherDomain> relatedTo(Set<String> images, Map<String, String> definitions) {
    ImmutableList.Builder<OtherDomain> related = ImmutableList.builder();
    Map<String, String> left = new LinkedHashMap<>(definitions);
    for (Set<String> sought = images; !sought.isEmpty(); ) {
      Set<String> names = sought;
      List<OtherDomain> more =
          left.entrySet().stream()
              .filter(each -> mentions(each.getValue(), names))
              .map(each -> of(each.getKey(), each.getValue()))
              .toList();
      more.forEach(other -> left.remove(other.name()));
      related.addAll(more);
      sought = Disk.images(more.stream().flatMap(other -> other.disks().stream()));
    }
    return related.build();
  }

  /** A name that XML escapes may be there in another form, so that all have to be read. */
  private static boolean mentions(String definition, Set<String> images) {
    return images.stream()
        .anyMatch(
            image ->
                definition.contains(image)
                    || !XmlEscapers.xmlAttributeEscaper().escape(image).equals(image));
  }
}
