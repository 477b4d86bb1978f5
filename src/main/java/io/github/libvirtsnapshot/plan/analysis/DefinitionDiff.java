package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Multiset;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares two definitions of a domain. */
final class DefinitionDiff {
  private static final Pattern DISK_IMAGE =
      Pattern.compile("devices/disk[^/]*/(source|backingStore|driver/@type)");

  private static final String METADATA = "metadata/";

  /** A renamed domain keeps its new name when it is reverted. */
  private static final String NAME = "name";

  /**
   * Paths in libvirt's XML are shorter. Each part has its own path, so a limit bounds the memory.
   */
  private static final int LONGEST_PATH = 200;

  private DefinitionDiff() {}

  /**
   * Returns how a revert changes the persistent definition of a domain; nothing if the snapshot
   * does not contain a definition.
   */
  static List<ConfigurationChange> onRevert(XmlNode now, SnapshotDescription target) {
    return target.inactiveDomain().or(target::domain).stream()
        .flatMap(then -> of(now, then).stream())
        .filter(change -> !target.isExternal() || !isDiskImage(change))
        .toList();
  }

  /** Returns the differences between two definitions of a domain, except its name. */
  static List<ConfigurationChange> of(XmlNode now, XmlNode afterwards) {
    Map<String, String> partsNow = parts(now);
    Map<String, String> partsAfterwards = parts(afterwards);
    return ImmutableSortedSet.copyOf(Sets.union(partsNow.keySet(), partsAfterwards.keySet()))
        .stream()
        .filter(path -> !path.equals(NAME))
        .map(
            path ->
                new ConfigurationChange(
                    path,
                    Optional.ofNullable(partsNow.get(path)),
                    Optional.ofNullable(partsAfterwards.get(path))))
        .filter(change -> !change.now().equals(change.afterwards()))
        .toList();
  }

  /** Returns whether a change is about a disk's image, which each external revert changes. */
  static boolean isDiskImage(ConfigurationChange change) {
    return DISK_IMAGE.matcher(change.path()).lookingAt();
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
      if (path.equals(METADATA) || step.length() > LONGEST_PATH) {
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
          case "controller" -> controller(child);
          default -> number > 1 ? Integer.toString(number) : "";
        };
    return child.name() + (key.isEmpty() ? "" : "[" + key + "]");
  }

  /** The companions of a USB 2.0 controller have its index, and a port where theirs start. */
  private static String controller(XmlNode controller) {
    return Stream.of("@type", "@index", "master/@startport")
        .map(controller::text)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(":"));
  }
}
