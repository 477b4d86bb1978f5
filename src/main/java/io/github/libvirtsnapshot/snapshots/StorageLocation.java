package io.github.libvirtsnapshot.snapshots;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Ascii;
import com.google.common.base.Enums;
import com.google.common.base.Strings;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.Serializable;
import java.util.Optional;

/**
 * Where the memory or a disk of a snapshot is stored.
 *
 * @param kind the kind of location
 * @param file the file, if it is external: that of the memory, or the overlay that the disk went on
 *     in
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public record StorageLocation(Kind kind, Optional<String> file) implements Serializable {
  /** The kinds of locations, with the names that libvirt's XML has for them. */
  public enum Kind {
    /** Within the disk image. */
    INTERNAL,
    /** In a file of its own. */
    EXTERNAL,
    /** Somebody else keeps it. */
    MANUAL,
    /** It is not part of the snapshot. */
    NO,
    /** The XML does not say. */
    UNSPECIFIED,
    /** A word that this release does not know. */
    UNKNOWN
  }

  static final StorageLocation UNSPECIFIED =
      new StorageLocation(Kind.UNSPECIFIED, Optional.empty());

  /** No component may be null. */
  public StorageLocation {
    checkNotNull(kind, "kind is null");
    checkNotNull(file, "file is null");
  }

  /** Reads an element of a snapshot's XML: the memory, or a disk. */
  static StorageLocation read(XmlNode part, String file) {
    return new StorageLocation(
        kind(part.text("@snapshot")), Optional.ofNullable(Strings.emptyToNull(file)));
  }

  private static Kind kind(String word) {
    return word.isEmpty()
        ? Kind.UNSPECIFIED
        : Enums.getIfPresent(Kind.class, Ascii.toUpperCase(word)).or(Kind.UNKNOWN);
  }

  /** Returns whether it is stored in a file of its own. */
  public boolean isExternal() {
    return kind == Kind.EXTERNAL;
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return Ascii.toLowerCase(kind.name()).replace('_', ' ')
        + file.map(path -> " in " + LogEscaper.quote(path)).orElse("");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
