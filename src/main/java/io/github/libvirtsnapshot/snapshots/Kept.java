package io.github.libvirtsnapshot.snapshots;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogText;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.util.Optional;

/**
 * Where a part of a snapshot is kept: the memory, or a disk.
 *
 * @param where in libvirt's words: {@code internal} to the disk image, {@code external} in a file
 *     of its own, {@code manual} by somebody else, or {@code no}; empty if the XML does not say
 * @param file the file, if it is external: that of the memory, or the overlay that the disk went on
 *     in
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public record Kept(String where, Optional<String> file) implements Serializable {
  static final Kept NOT_SAID = new Kept("", Optional.empty());

  /** No component may be null. */
  public Kept {
    checkNotNull(where, "where is null");
    checkNotNull(file, "file is null");
  }

  /** Returns whether it is kept in a file of its own. */
  public boolean isExternal() {
    return where.equals("external");
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return (where.isEmpty() ? "not said" : LogText.escape(where))
        + file.map(path -> " in " + LogText.quote(path)).orElse("");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
