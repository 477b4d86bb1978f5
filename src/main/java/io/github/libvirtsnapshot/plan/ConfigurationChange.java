package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Multiset;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.internal.LogText;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One part of a domain's configuration that a revert puts back to what it was. Passwords of
 * graphics are not compared, as libvirt does not show them.
 *
 * @param path where it is in the XML of the inactive domain, as in {@code
 *     devices/disk[vda]/source/@file}; of several of a kind, disks are told apart by their target,
 *     interfaces by their MAC address, and others by their number. An element within {@code
 *     metadata} is one part, whatever is in it, and so is one whose path has more than 200
 *     characters
 * @param now what it is, empty if the revert adds it; it may be a secret of the domain's owner,
 *     which {@link #toString} and so a plan's text do not show
 * @param afterwards what it was and becomes again, empty if the revert removes it; as secret
 */
public record ConfigurationChange(String path, Optional<String> now, Optional<String> afterwards)
    implements Serializable {
  private static final Pattern DISK_IMAGE =
      Pattern.compile("devices/disk[^/]*/(source|backingStore|driver/@type)");

  /**
   * Where owners of domains put passwords, tokens and keys: descriptions, metadata, what a guest
   * reads from its firmware, its kernel and its init process, arguments and environment of QEMU,
   * the address and the cookies of a disk on the web, and keys of encrypted memory.
   */
  private static final Pattern SECRET =
      Pattern.compile(
          "description|metadata(/.*)?|sysinfo.*|os/(cmdline|initarg|initenv).*"
              + "|([^/]*:)?commandline(\\[[0-9]+])?(/.*)?"
              + "|launchSecurity.*|.*/source/(@query|cookies.*)|.*@passwd",
          Pattern.DOTALL);

  private static final String METADATA = "metadata/";
  private static final int SHOWN = 200;

  /** No path that libvirt writes is so long; each part has its own. */
  private static final int LONGEST_PATH = 200;

  /** No component may be null. */
  public ConfigurationChange {
    checkNotNull(path, "path is null");
    checkNotNull(now, "now is null");
    checkNotNull(afterwards, "afterwards is null");
  }

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
          default -> number > 1 ? Integer.toString(number) : "";
        };
    return child.name() + (key.isEmpty() ? "" : "[" + key + "]");
  }

  /**
   * Returns one line, as in {@code memory: 65536 -> 32768}; long values are cut. Of the
   * description, of metadata, of what a guest reads from its firmware ({@code sysinfo}), of command
   * lines of QEMU, of the kernel and of the init process, of keys of encrypted memory, and of
   * queries and cookies of a disk's address, no value is shown, as in {@code sysinfo/system/entry:
   * changes, not shown}.
   */
  @Override
  public String toString() {
    return SECRET.matcher(path).matches()
        ? shown(path) + ": " + change() + ", not shown"
        : shown(path) + ": " + shown(now) + " -> " + shown(afterwards);
  }

  private String change() {
    if (now.isEmpty()) {
      return "is added";
    }
    return afterwards.isEmpty() ? "is removed" : "changes";
  }

  private static String shown(Optional<String> value) {
    return value.map(text -> text.isEmpty() ? "there" : shown(text)).orElse("not there");
  }

  private static String shown(String text) {
    return LogText.escape(LogText.truncate(LogText.withoutSecrets(text), SHOWN, "..."));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
