package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

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
   * @param unreadable is told of each that mentions an image and can't be read
   */
  public static List<OtherDomain> relatedTo(
      Set<String> images,
      Map<String, String> definitions,
      BiConsumer<String, UnreadableXmlException> unreadable) {
    ImmutableList.Builder<OtherDomain> related = ImmutableList.builder();
    Map<String, String> left = new LinkedHashMap<>(definitions);
    for (Set<String> sought = images; !sought.isEmpty(); ) {
      Set<String> names = sought;
      Map<String, String> mentioning =
          ImmutableMap.copyOf(Maps.filterValues(left, each -> mentions(each, names)));
      left.keySet().removeAll(mentioning.keySet());
      List<OtherDomain> more =
          mentioning.entrySet().stream()
              .flatMap(each -> read(each.getKey(), each.getValue(), unreadable).stream())
              .toList();
      related.addAll(more);
      sought = Disk.images(more.stream().flatMap(other -> other.disks().stream()));
    }
    return related.build();
  }

  private static Optional<OtherDomain> read(
      String name, String definition, BiConsumer<String, UnreadableXmlException> unreadable) {
    try {
      return Optional.of(of(name, definition));
    } catch (UnreadableXmlException e) {
      unreadable.accept(name, e);
      return Optional.empty();
    }
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
