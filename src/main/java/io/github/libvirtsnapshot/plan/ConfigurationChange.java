package io.github.libvirtsnapshot.plan;

import com.google.common.base.Ascii;
import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Multiset;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.SerializedRecord;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One part of a domain's configuration that a revert puts back to what it was. Passwords and the
 * like are not compared, as libvirt does not show them.
 *
 * @param path where it is in the XML of the inactive domain, as in {@code
 *     devices/disk[vda]/source/@file}; of several of a kind, disks are told apart by their target,
 *     interfaces by their MAC address, and others by their number. An element within {@code
 *     metadata} is one part, whatever is in it
 * @param now what it is, empty if the revert adds it
 * @param afterwards what it was and becomes again, empty if the revert removes it
 */
public record ConfigurationChange(String path, Optional<String> now, Optional<String> afterwards)
    implements Serializable {
  private static final Pattern DISK_IMAGE =
      Pattern.compile("devices/disk[^/]*/(source|backingStore|driver/@type)");
  private static final String METADATA = "metadata/";
  private static final int SHOWN = 200;

  /** Compares two definitions of one domain. */
  static List<ConfigurationChange> between(XmlNode now, XmlNode afterwards) {
    Map<String, String> partsNow = parts(now);
    Map<String, String> partsAfterwards = parts(afterwards);
    return ImmutableSortedSet.copyOf(Sets.union(partsNow.keySet(), partsAfterwards.keySet()))
        .stream()
        .map(
            path ->
                new ConfigurationChange(
                    path,
                    Optional.ofNullable(partsNow.get(path)),
                    Optional.ofNullable(partsAfterwards.get(path))))
        .filter(change -> !change.now.equals(change.afterwards))
        .toList();
  }

  /** Returns whether it is about which file a disk is in, which each external revert changes. */
  boolean isDiskImage() {
    return DISK_IMAGE.matcher(path).lookingAt();
  }

  private static Map<String, String> parts(XmlNode domain) {
    Map<String, String> parts = new HashMap<>();
    collect("", domain, parts);
    return parts;
  }

  private static void collect(String path, XmlNode node, Map<String, String> parts) {
    node.attributes().forEach((name, value) -> parts.put(path + "@" + name, value));
    List<XmlNode> children = node.children();
    if (children.isEmpty()) {
      String text = node.text();
      if (!path.isEmpty() && (!text.isEmpty() || node.attributes().isEmpty())) {
        parts.put(path.substring(0, path.length() - 1), text);
      }
      return;
    }
    Multiset<String> seen = HashMultiset.create();
    for (XmlNode child : children) {
      seen.add(child.name());
      String step = path + step(child, seen.count(child.name()));
      if (path.equals(METADATA)) {
        parts.put(step, child.xml());
      } else {
        collect(step + "/", child, parts);
      }
    }
  }

  private static String step(XmlNode child, int number) {
    String key =
        switch (child.name()) {
          case "disk" -> child.text("target/@dev");
          case "interface" -> child.text("mac/@address");
          default -> number > 1 ? Integer.toString(number) : "";
        };
    return child.name() + (key.isEmpty() ? "" : "[" + key + "]");
  }

  /** Returns one line, as in {@code memory: 65536 -> 32768}; long values are cut. */
  @Override
  public String toString() {
    return shown(path) + ": " + shown(now) + " -> " + shown(afterwards);
  }

  private static String shown(Optional<String> value) {
    return value.map(text -> text.isEmpty() ? "there" : shown(text)).orElse("not there");
  }

  private static String shown(String text) {
    return LogText.escape(Ascii.truncate(text, SHOWN, "..."));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
