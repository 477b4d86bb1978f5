package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The description of a volume in a storage pool. libvirt reads the size and the times each time
 * that it is called. The format and the backing image are those of the last refresh of the pool, so
 * they can be out of date.
 *
 * @param path the path of the file or device
 * @param format the format, as in {@code qcow2} or {@code raw}; empty if the pool has no formats
 * @param backing the absolute path of the backing image, or another name with a protocol, as in
 *     {@code json:}; empty if the volume has none
 * @param backingFormat the format of the backing image, as the image states it, or else as libvirt
 *     found it; empty if the volume has none
 * @param capacity the size that a guest sees, in bytes; empty if libvirt does not return it
 * @param modified when the content of the file was last changed ({@code mtime}), to the nanosecond
 *     as far as the file system stores it; empty if libvirt does not return it, or for a time
 *     before 1970
 * @param changed when the content, the name or the permissions of the file were last changed
 *     ({@code ctime}); empty in the same cases
 * @param isWriteProtected whether the permissions let no user but root write to the file
 */
public record StorageVolume(
    String path,
    Optional<String> format,
    Optional<String> backing,
    Optional<String> backingFormat,
    Optional<Long> capacity,
    Optional<Instant> modified,
    Optional<Instant> changed,
    boolean isWriteProtected) {
  /** Seconds since 1970 that an {@link Instant} can have, and nanoseconds. */
  private static final Pattern TIME = Pattern.compile("(\\d{1,16})(?:\\.(\\d{9}))?");

  private static final int ANY_WRITE = 0b010_010_010;
  private static final int OCTAL = 8;

  /** Creates a description; no component may be null. */
  public StorageVolume {
    checkNotNull(path, "path is null");
  }

  /**
   * Reads the XML of a volume.
   *
   * @throws UnreadableXmlException if the text is not XML
   * @see <a href="https://libvirt.org/formatstorage.html#storage-volume-xml">Storage volume XML
   *     format</a>
   */
  static StorageVolume parse(String xml) {
    XmlNode volume = XmlNode.parse(xml);
    return new StorageVolume(
        volume.text("target/path"),
        present(volume.text("target/format/@type")),
        present(volume.text("backingStore/path")),
        present(volume.text("backingStore/format/@type")),
        number(volume.text("capacity")),
        time(volume.text("target/timestamps/mtime")),
        time(volume.text("target/timestamps/ctime")),
        isWriteProtected(volume.text("target/permissions/mode")));
  }

  private static Optional<String> present(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private static Optional<Long> number(String text) {
    return Optional.ofNullable(Longs.tryParse(text)).filter(number -> number >= 0);
  }

  private static boolean isWriteProtected(String mode) {
    Long bits = Longs.tryParse(mode, OCTAL);
    return bits != null && bits >= 0 && (bits & ANY_WRITE) == 0;
  }

  private static Optional<Instant> time(String text) {
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      return Optional.empty();
    }
    long nanoseconds = time.group(2) == null ? 0 : Long.parseLong(time.group(2));
    return Optional.of(Instant.ofEpochSecond(Long.parseLong(time.group(1)), nanoseconds));
  }

  /** Returns one line, as in {@code volume "/images/web01.qcow2" (qcow2)}. */
  @Override
  public String toString() {
    return "volume "
        + LogEscaper.quote(path)
        + format.map(type -> " (" + LogEscaper.escape(type) + ")").orElse("");
  }
}
