package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A setting of the domain that a revert sets back to the value in the snapshot. Graphics passwords
 * are not compared, because libvirt does not show them.
 *
 * @param path the path in the XML of the inactive domain, as in {@code
 *     devices/disk[vda]/source/@file}. Disks are identified by their target, interfaces by their
 *     MAC address, controllers by their type and index (the companions of a USB 2.0 controller also
 *     by their first port, as in {@code usb:0:4}), and other repeated elements by their number. An
 *     element within {@code metadata} is one part with all its content, and so is an element whose
 *     path has more than 200 characters. The size of a disk, which is not in the XML, has the path
 *     {@code devices/disk[vda]/size}
 * @param now the present value; empty if the revert adds the part. The value may be a secret of the
 *     domain's owner; {@link #toString} and the text of a plan do not show secrets
 * @param afterwards the value in the snapshot; empty if the revert removes the part. The value may
 *     be a secret, too
 */
public record ConfigurationChange(String path, Optional<String> now, Optional<String> afterwards)
    implements Serializable {
  /**
   * The parts that may contain passwords, tokens and keys: descriptions, metadata, data for the
   * guest's firmware, kernel and init process, arguments and environment of QEMU, the query and the
   * cookies of a disk's URL, and keys of encrypted memory.
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
   * Returns one line, as in {@code memory: 65536 -> 32768} or {@code title: Web server ->
   * (removed)}. Long values are truncated. The line shows no value that may be a secret, as in
   * {@code sysinfo/system/entry: changed, value not shown}: description, metadata, data for the
   * guest's firmware ({@code sysinfo}), command lines of QEMU, the kernel and the init process,
   * keys of encrypted memory, and queries and cookies of a disk's URL.
   */
  @Override
  public String toString() {
    return SECRET.matcher(path).matches()
        ? shown(path) + ": " + change() + ", value not shown"
        : shown(path) + ": " + shown(now, "(none)") + " -> " + shown(afterwards, "(removed)");
  }

  private String change() {
    if (now.isEmpty()) {
      return "added";
    }
    return afterwards.isEmpty() ? "removed" : "changed";
  }

  private static String shown(Optional<String> value, String absent) {
    return value.map(text -> text.isEmpty() ? "(present)" : shown(text)).orElse(absent);
  }

  private static String shown(String text) {
    return LogEscaper.escape(LogEscaper.truncate(LogEscaper.withoutSecrets(text), SHOWN, "..."));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
