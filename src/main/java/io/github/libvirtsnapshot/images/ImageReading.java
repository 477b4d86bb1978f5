package io.github.libvirtsnapshot.images;

import static com.google.common.base.Preconditions.checkNotNull;

import java.time.Instant;
import java.util.Optional;

/**
 * What the library read of an image file.
 *
 * @param modified when the content of the file was last changed; empty if unknown
 * @param changed when the content, the name or the permissions of the file were last changed; empty
 *     if unknown
 * @param size the size of the disk in bytes; empty if unknown
 * @param backing the path of the backing image, or another name with a protocol, as in {@code
 *     json:}; empty if the image has none
 * @param qcow2 the header of the image and its tables, if the image is in this format
 */
public record ImageReading(
    Optional<Instant> modified,
    Optional<Instant> changed,
    Optional<Long> size,
    Optional<String> backing,
    Optional<Qcow2Image> qcow2) {
  /** Creates a reading; no component may be null. */
  public ImageReading {
    checkNotNull(modified, "modified is null");
    checkNotNull(changed, "changed is null");
    checkNotNull(size, "size is null");
    checkNotNull(backing, "backing is null");
    checkNotNull(qcow2, "qcow2 is null");
  }

  /** Returns the same reading after an internal snapshot was taken; the times do not change. */
  ImageReading withSnapshot(String name, Instant taken, boolean hasMemory) {
    return new ImageReading(
        modified,
        changed,
        size,
        backing,
        qcow2.map(image -> image.withSnapshot(name, taken, hasMemory)));
  }

  /** Returns false if the header describes the backing image by something else than its path. */
  boolean namesBackingPath() {
    return backing.filter(name -> name.startsWith("json:")).isEmpty();
  }
}
