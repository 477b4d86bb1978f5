package io.github.libvirtsnapshot.revert;

import com.google.common.base.CharMatcher;
import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.MapDifference;
import com.google.common.collect.Maps;
import com.google.common.collect.Multiset;
import io.github.libvirtsnapshot.LogText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;

/**
 * One part of a domain's configuration that a revert puts back to what it was. Passwords and the
 * like are not compared, as libvirt does not show them.
 *
 * @param path where it is in the XML of the inactive domain, as in {@code
 *     devices/disk[vda]/source/@file}; of several of a kind, disks are told by their target,
 *     interfaces by their MAC address, and others by their number
 * @param now what it is, empty if the revert adds it
 * @param afterwards what it was and becomes again, empty if the revert removes it
 */
public record ConfigurationChange(String path, Optional<String> now, Optional<String> afterwards) {

  private static final Pattern DISK_IMAGE =
      Pattern.compile("devices/disk[^/]*/(source|backingStore)");

  /** Compares two definitions of one domain. */
  static List<ConfigurationChange> between(XmlNode now, XmlNode afterwards) {
    MapDifference<String, String> difference = Maps.difference(parts(now), parts(afterwards));
    Map<String, ConfigurationChange> changes = new TreeMap<>();
    difference
        .entriesOnlyOnLeft()
        .forEach(
            (path, value) ->
                changes.put(
                    path, new ConfigurationChange(path, Optional.of(value), Optional.empty())));
    difference
        .entriesOnlyOnRight()
        .forEach(
            (path, value) ->
                changes.put(
                    path, new ConfigurationChange(path, Optional.empty(), Optional.of(value))));
    difference
        .entriesDiffering()
        .forEach(
            (path, values) ->
                changes.put(
                    path,
                    new ConfigurationChange(
                        path, Optional.of(values.leftValue()), Optional.of(values.rightValue()))));
    return ImmutableList.copyOf(changes.values());
  }

  /** Returns whether it is about which file a disk is in, which each external revert changes. */
  boolean isDiskImage() {
    return DISK_IMAGE.matcher(path).lookingAt();
  }

  private static Map<String, String> parts(XmlNode domain) {
    Map<String, String> parts = new TreeMap<>();
    collect("", domain.element(), parts);
    return parts;
  }

  private static void collect(String path, Element element, Map<String, String> parts) {
    for (int i = 0; i < element.getAttributes().getLength(); i++) {
      Attr attribute = (Attr) element.getAttributes().item(i);
      parts.put(path + "@" + attribute.getName(), attribute.getValue());
    }
    List<Element> children = new XmlNode(element).all("*").stream().map(XmlNode::element).toList();
    if (children.isEmpty()) {
      String text = CharMatcher.whitespace().trimFrom(element.getTextContent());
      if (!path.isEmpty() && (!text.isEmpty() || !element.hasAttributes())) {
        parts.put(path.substring(0, path.length() - 1), text);
      }
      return;
    }
    Multiset<String> seen = HashMultiset.create();
    for (Element child : children) {
      seen.add(child.getTagName());
      collect(path + step(child, seen.count(child.getTagName())) + "/", child, parts);
    }
  }

  private static String step(Element child, int number) {
    XmlNode node = new XmlNode(child);
    String key =
        switch (child.getTagName()) {
          case "disk" -> node.text("target/@dev");
          case "interface" -> node.text("mac/@address");
          default -> number > 1 ? Integer.toString(number) : "";
        };
    return child.getTagName() + (key.isEmpty() ? "" : "[" + key + "]");
  }

  /** Returns it as in {@code memory: 65536 -> 32768}. */
  @Override
  public String toString() {
    return LogText.escape(path) + ": " + shown(now) + " -> " + shown(afterwards);
  }

  private static String shown(Optional<String> value) {
    return value.map(text -> text.isEmpty() ? "there" : LogText.escape(text)).orElse("not there");
  }
}
