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
 * The location of the memory or of a disk of a snapshot.
 *
 * @param kind the kind of location
 * @param file the file of an external location: the memory file, or the overlay with the disk's
 *     later data
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public record StorageLocation(Kind kind, Optional<String> file) implements Serializable {
  /** The kinds of locations, named as in libvirt's XML. */
  public enum Kind {
    /** Within the disk image. */
    INTERNAL,
    /** In a file of its own. */
    EXTERNAL,
    /** An external tool stores the snapshot of this part. */
    MANUAL,
    /** The snapshot does not include this part. */
    NO,
    /** The XML does not specify the location. */
    UNSPECIFIED,
    /** A kind that this release does not know. */
    UNKNOWN
  }

  static final StorageLocation UNSPECIFIED =
      new StorageLocation(Kind.UNSPECIFIED, Optional.empty());

  /** No component may be null. */
  public StorageLocation {
    checkNotNull(kind, "kind is null");
    checkNotNull(file, "file is null");
  }

  /** Reads the location of the memory or a disk from an element of a snapshot's XML. */
  static StorageLocation read(XmlNode part, String file) {
    return new StorageLocation(
        kind(part.text("@snapshot")), Optional.ofNullable(Strings.emptyToNull(file)));
  }

  private static Kind kind(String word) {
    return word.isEmpty()
        ? Kind.UNSPECIFIED
        : Enums.getIfPresent(Kind.class, Ascii.toUpperCase(word)).or(Kind.UNKNOWN);
  }

  /** Returns whether the part is stored in a file of its own. */
  public boolean isExternal() {
    return kind == Kind.EXTERNAL;
  }

  /** Returns the kind and the file on one line, with control characters escaped. */
  @Override
  public String toString() {
    return Ascii.toLowerCase(kind.name()).replace('_', ' ')
        + file.map(path -> " in " + LogEscaper.quote(path)).orElse("");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
