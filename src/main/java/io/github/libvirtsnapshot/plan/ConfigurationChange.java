package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
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

  private static final int SHOWN = 200;

  /** No component may be null. */
  public ConfigurationChange {
    checkNotNull(path, "path is null");
    checkNotNull(now, "now is null");
    checkNotNull(afterwards, "afterwards is null");
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
    return LogEscaper.escape(LogEscaper.truncate(LogEscaper.withoutSecrets(text), SHOWN, "..."));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
