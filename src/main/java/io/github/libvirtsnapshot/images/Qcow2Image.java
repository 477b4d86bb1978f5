package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The parts of a qcow2 image that a revert depends on. The owner of the image writes all texts. A
 * text ends at its first NUL, as in QEMU, and bytes that are not UTF-8 are replaced.
 *
 * @param version 2 or 3
 * @param virtualSize the size of the disk in bytes
 * @param backingFile the name of the backing image, as QEMU opens it; may be relative to the folder
 *     of this image, or a URI
 * @param backingFormat the format of the backing image; empty if the image does not contain it, or
 *     has no backing image
 * @param encryption how the contents of the disk are encrypted
 * @param externalData whether the contents of the disk are in another file
 * @param dataFile the name of that other file; empty if the image does not contain the name
 * @param dirty whether the reference counts may be wrong, because the image was not closed
 * @param corrupt whether QEMU found errors in the image, and so opens it only for reading
 * @param snapshots the internal snapshots, in the order of their table; none if the contents of the
 *     disk are in another file, because QEMU ignores the table then
 * @param bitmaps the persistent bitmaps, in the order of their directory; a bitmap that was added
 *     to a running guest is missing until QEMU closes the image
 * @see <a href="https://www.qemu.org/docs/master/interop/qcow2.html">The qcow2 format</a>
 */
public record Qcow2Image(
    int version,
    long virtualSize,
    Optional<String> backingFile,
    Optional<String> backingFormat,
    Encryption encryption,
    boolean externalData,
    Optional<String> dataFile,
    boolean dirty,
    boolean corrupt,
    List<Qcow2Snapshot> snapshots,
    List<Qcow2Bitmap> bitmaps) {
  /** Copies the lists. */
  public Qcow2Image {
    snapshots = List.copyOf(snapshots);
    bitmaps = List.copyOf(bitmaps);
  }

  /** How the contents of a disk are encrypted. */
  public enum Encryption {
    NONE,

    /** A method of old versions of QEMU; now, only QEMU's tools open such images. */
    AES,

    LUKS
  }

  /**
   * Returns the same image with one more snapshot, as QEMU takes it.
   *
   * @param hasMemory whether the snapshot contains the memory of the guest
   */
  Qcow2Image withSnapshot(String name, Instant taken, boolean hasMemory) {
    return with(
        new Qcow2Snapshot(
            nextId(), name, taken, Duration.ZERO, hasMemory ? 1 : 0, OptionalLong.of(virtualSize)));
  }

  /** Returns the same image with one more snapshot. */
  public Qcow2Image with(Qcow2Snapshot snapshot) {
    return new Qcow2Image(
        version,
        virtualSize,
        backingFile,
        backingFormat,
        encryption,
        externalData,
        dataFile,
        dirty,
        corrupt,
        ImmutableList.<Qcow2Snapshot>builder().addAll(snapshots).add(snapshot).build(),
        bitmaps);
  }

  static <X extends Exception> Qcow2Image read(ImageReader<X> reader)
      throws X, UnreadableImageException {
    Qcow2Header header = Qcow2Header.read(reader);
    Qcow2Extensions extensions = Qcow2Extensions.read(reader, header);
    Optional<String> backingFile = header.backingFile(reader);
    return new Qcow2Image(
        header.version(),
        header.virtualSize(),
        backingFile,
        backingFile.flatMap(file -> extensions.backingFormat()),
        header.encryption(),
        header.hasExternalData(),
        extensions.dataFile().filter(file -> header.hasExternalData()),
        header.isDirty(),
        header.isCorrupt(),
        snapshots(reader, header),
        Qcow2Bitmap.readDirectory(reader, header, extensions));
  }

  private static <X extends Exception> List<Qcow2Snapshot> snapshots(
      ImageReader<X> reader, Qcow2Header header) throws X, UnreadableImageException {
    return header.hasExternalData()
        ? List.of()
        : Qcow2Snapshot.readTable(reader, header).stream()
            .map(Qcow2Snapshot.Entry::snapshot)
            .toList();
  }

  /**
   * Returns the snapshot that {@code qemu-img snapshot -a} applies: the first one that has the name
   * as its ID; otherwise, the first one that has the name. libvirt calls {@code qemu-img} to revert
   * to a snapshot without memory.
   */
  public Optional<Qcow2Snapshot> appliedByQemuImg(String name) {
    return first(Qcow2Snapshot::id, name).or(() -> first(Qcow2Snapshot::name, name));
  }

  /**
   * Returns the snapshot that QEMU loads when it starts ({@code -loadvm}), which is how libvirt
   * reverts to a snapshot with memory. QEMU requires that a snapshot has the name, but then loads
   * the same snapshot as {@link #appliedByQemuImg}.
   */
  public Optional<Qcow2Snapshot> loadedByQemu(String name) {
    return first(Qcow2Snapshot::name, name).flatMap(named -> appliedByQemuImg(name));
  }

  /** Returns the ID that QEMU gives to the next snapshot. */
  public String nextId() {
    long last =
        snapshots.stream()
            .flatMap(snapshot -> Stream.ofNullable(Longs.tryParse(snapshot.id())))
            .max(Comparator.naturalOrder())
            .orElse(0L);
    return String.valueOf(last + 1);
  }

  /** Returns whether the contents of the disk are encrypted. */
  public boolean isEncrypted() {
    return encryption != Encryption.NONE;
  }

  /** Returns whether the snapshot that QEMU loads contains the memory of a guest. */
  public boolean loadsMemory(String name) {
    return loadedByQemu(name).filter(loaded -> loaded.vmStateSize() > 0).isPresent();
  }

  /**
   * Returns whether libvirt finds the memory of a guest in a snapshot before it lets QEMU load it.
   * From 10.10 on, libvirt looks at the last snapshot that has the name.
   */
  public boolean showsMemory(String name) {
    return snapshots.stream()
        .filter(snapshot -> snapshot.name().equals(name))
        .reduce((earlier, later) -> later)
        .filter(last -> last.vmStateSize() > 0)
        .isPresent();
  }

  private Optional<Qcow2Snapshot> first(Function<Qcow2Snapshot, String> property, String value) {
    return snapshots.stream().filter(each -> property.apply(each).equals(value)).findFirst();
  }
}
