package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The images that the library read, and those that it could not read.
 *
 * @param read the readings by image
 * @param unread by image, why the library could not read it
 * @param gone the images and other files that do not exist, as far as libvirt could tell
 * @param notQcow2 the images that are not qcow2 images, although the definition, or the image on
 *     top of them, states that they are
 * @param paths the paths of the images that a definition names as a volume, by that name
 */
public record ImageReadings(
    Map<String, ImageReading> read,
    Map<String, String> unread,
    Set<String> gone,
    Set<String> notQcow2,
    Map<String, String> paths) {
  /** No image was read. */
  public static final ImageReadings NONE =
      new ImageReadings(ImmutableMap.of(), ImmutableMap.of(), ImmutableSet.of());

  /** Creates readings of images in the stated format that all definitions name by their paths. */
  public ImageReadings(
      Map<String, ImageReading> read, Map<String, String> unread, Set<String> gone) {
    this(read, unread, gone, ImmutableSet.of(), ImmutableMap.of());
  }

  /** Copies the maps and the sets. */
  public ImageReadings {
    read = ImmutableMap.copyOf(read);
    unread = ImmutableMap.copyOf(unread);
    gone = ImmutableSet.copyOf(gone);
    notQcow2 = ImmutableSet.copyOf(notQcow2);
    paths = ImmutableMap.copyOf(paths);
  }

  /**
   * Returns the readings after an internal snapshot was taken in some of the images.
   *
   * @param hasMemory whether each of these images contains the memory of the guest, too
   */
  public ImageReadings withSnapshot(
      Set<String> images, String name, Instant taken, boolean hasMemory) {
    ImmutableMap.Builder<String, ImageReading> after = ImmutableMap.builder();
    read.forEach(
        (image, reading) ->
            after.put(
                image,
                images.contains(image) ? reading.withSnapshot(name, taken, hasMemory) : reading));
    return new ImageReadings(after.buildOrThrow(), unread, gone, notQcow2, paths);
  }

  /** Returns the readings after a file that is not an image was written. */
  public ImageReadings withFile(String file, Instant written) {
    ImmutableMap.Builder<String, ImageReading> after = ImmutableMap.builder();
    after.putAll(read);
    after.put(
        file,
        new ImageReading(
            Optional.of(written),
            Optional.of(written),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
    return new ImageReadings(after.buildKeepingLast(), unread, gone, notQcow2, paths);
  }

  /** Returns the reading of an image, by its path or as a volume, if the library could read it. */
  public Optional<ImageReading> of(String image) {
    return Optional.ofNullable(read.get(paths.getOrDefault(image, image)));
  }

  /** Returns the qcow2 header and tables of an image, if the library could read them. */
  public Optional<Qcow2Image> qcow2(String image) {
    return of(image).flatMap(ImageReading::qcow2);
  }

  /** Returns the backing images of an image, as far as the library could read the headers. */
  public Set<String> beneath(String image) {
    return BackingChains.beneath(image, each -> of(each).flatMap(ImageReading::backing));
  }

  /** Returns when QEMU took a snapshot, to the nanosecond, if the library read it in an image. */
  public Optional<Instant> exactTime(SnapshotDescription snapshot) {
    return snapshot.rewritten().stream()
        .flatMap(image -> qcow2(image).stream())
        .flatMap(image -> LoadedSnapshot.find(snapshot, image).stream())
        .map(Qcow2Snapshot::created)
        .min(Comparator.naturalOrder());
  }

  /**
   * Returns the snapshot that a revert loads from an image, if the library could read the image.
   */
  public Optional<LoadedSnapshot> loaded(SnapshotDescription snapshot, String image) {
    return qcow2(image).map(read -> LoadedSnapshot.of(snapshot, read));
  }

  /** Returns why the library could not read an image, after a colon; empty if unknown. */
  public String becauseUnread(String image) {
    String reason = unread.getOrDefault(image, "");
    return reason.isEmpty() ? "" : ": " + reason;
  }
}
