package io.github.libvirtsnapshot.snapshots;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Ascii;
import com.google.common.base.Enums;
import com.google.common.base.Strings;
import io.github.libvirtsnapshot.internal.LogText;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.Serializable;
import java.util.Optional;

/**
 * Where a part of a snapshot is kept: the memory, or a disk.
 *
 * @param place the kind of place
 * @param file the file, if it is external: that of the memory, or the overlay that the disk went on
 *     in
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public record Kept(Place place, Optional<String> file) implements Serializable {
  /** The kinds of places, with the names that libvirt's XML has for them. */
  public enum Place {
    /** Within the disk image. */
    INTERNAL,
    /** In a file of its own. */
    EXTERNAL,
    /** Somebody else keeps it. */
    MANUAL,
    /** It is not part of the snapshot. */
    NO,
    /** The XML does not say. */
    NOT_SAID,
    /** A word that this release does not know. */
    UNKNOWN
  }

  static final Kept NOT_SAID = new Kept(Place.NOT_SAID, Optional.empty());

  /** No component may be null. */
  public Kept {
    checkNotNull(place, "place is null");
    checkNotNull(file, "file is null");
  }

  /** Reads an element of a snapshot's XML: the memory, or a disk. */
  static Kept read(XmlNode part, String file) {
    return new Kept(place(part.text("@snapshot")), Optional.ofNullable(Strings.emptyToNull(file)));
  }

  private static Place place(String word) {
    return word.isEmpty()
        ? Place.NOT_SAID
        : Enums.getIfPresent(Place.class, Ascii.toUpperCase(word)).or(Place.UNKNOWN);
  }

  /** Returns whether it is kept in a file of its own. */
  public boolean isExternal() {
    return place == Place.EXTERNAL;
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return Ascii.toLowerCase(place.name()).replace('_', ' ')
        + file.map(path -> " in " + LogText.quote(path)).orElse("");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
