package io.github.libvirtsnapshot.plan.facts;

import com.google.common.io.Files;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.host.OpenVolume;
import io.github.libvirtsnapshot.host.StorageVolume;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.images.Qcow2Reading;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads the images of disks, and their backing images, through the storage volumes of the host. */
final class ImageInspector {
  /** The owner of an image could name one backing image after the other, without an end. */
  private static final int MAX_IMAGES = 1_000;

  private static final String QCOW2 = "qcow2";
  private static final String RAW = "raw";

  /** The times of a device are not those of its content. */
  private static final String DEVICES = "/dev/";

  private final HostQueries host;
  private final StorageVolumes volumes;
  private final Map<String, ImageReading> read = new LinkedHashMap<>();
  private final Map<String, String> unread = new LinkedHashMap<>();
  private final Set<String> gone = new LinkedHashSet<>();
  private final Set<String> notQcow2 = new LinkedHashSet<>();
  private final Set<String> writeProtected = new LinkedHashSet<>();
  private final VolumePaths paths = new VolumePaths();

  /**
   * Creates an inspector that has read no image yet.
   *
   * @param volumes the volumes of the host
   */
  ImageInspector(Connect connect, StorageVolumes volumes) {
    this.host = new HostQueries(connect);
    this.volumes = volumes;
  }

  /**
   * Reads the image of a disk, and its backing images.
   *
   * @throws ConnectionLostException if the connection was lost, so that no other image can be read
   */
  void read(Disk disk) throws ConnectionLostException {
    if (!disk.image().isEmpty()) {
      readChain(disk.image(), Optional.of(disk.isRaw() ? RAW : disk.format()));
    }
  }

  /**
   * Reads the image of an NVRAM if it can contain snapshots.
   *
   * @throws ConnectionLostException if the connection was lost, so that no other image can be read
   */
  void read(Nvram nvram) throws ConnectionLostException {
    if (nvram.isQcow2() && !nvram.image().isEmpty()) {
      readChain(nvram.image(), Optional.of(QCOW2));
    }
  }

  /**
   * Reads only the times of a file, not its content.
   *
   * @throws ConnectionLostException if the connection was lost, so that no other image can be read
   */
  void readTimes(String file) throws ConnectionLostException {
    readChain(file, Optional.of(RAW));
  }

  /**
   * Finds out whether a file exists, if a storage pool has its folder.
   *
   * @throws ConnectionLostException if the connection was lost, so that no other image can be read
   */
  void lookFor(String file) throws ConnectionLostException {
    if (file.startsWith("/") && !isDone(file)) {
      try {
        Optional<StorageVolume> unused = volumes.useUntrusted(file, OpenVolume::describe);
      } catch (ConnectionLostException e) {
        throw e;
      } catch (LibvirtException e) {
        addIfGone(file, e);
      } catch (IllegalStateException e) {
        // libvirt described the file, so the file exists.
      }
    }
  }

  private void addIfGone(String file, LibvirtException e) throws ConnectionLostException {
    if (file.startsWith("/")
        && e.getError().getCode() == ErrorNumber.VIR_ERR_NO_STORAGE_VOL
        && volumes.isMissing(file)) {
      gone.add(file);
    }
  }

  /** Returns the images that were read so far and that no user but root may write to. */
  Set<String> writeProtected() {
    return writeProtected;
  }

  /** Returns what was read so far. */
  ImageReadings readings() {
    return new ImageReadings(read, unread, gone, notQcow2, paths.known());
  }

  /**
   * Returns the bytes that are available in the folder of an image, as of the last refresh of the
   * storage pool.
   *
   * @return empty if no storage pool has the folder
   */
  OptionalLong available(String image) throws LibvirtException {
    return volumes.available(path(image));
  }

  /** Returns the path of an image that a definition may name as a volume, as far as known. */
  String path(String image) {
    return paths.known(image);
  }

  /**
   * Returns whether a file exists; empty if unknown.
   *
   * @throws ConnectionLostException if the connection was lost, so that no other image can be read
   */
  Optional<Boolean> exists(String file) throws ConnectionLostException {
    return volumes.exists(file);
  }

  /**
   * An image to read.
   *
   * @param format the format that the definition or the image above states
   * @param isTrusted whether libvirt or QEMU wrote the name of the image. A guest can write any
   *     header into a raw image without a stated format
   */
  private record Next(String image, Optional<String> format, boolean isTrusted) {}

  private void readChain(String image, Optional<String> format) throws ConnectionLostException {
    Optional<Next> next = find(image).map(path -> new Next(path, format, true));
    while (next.isPresent() && !isDone(next.get().image())) {
      next = readOne(next.get());
    }
  }

  /** Returns the path of an image that a definition may name as a volume of a storage pool. */
  private Optional<String> find(String image) throws ConnectionLostException {
    Optional<String> path = paths.find(host, image);
    if (path.isEmpty()) {
      unread.put(image, paths.reason(image));
    }
    return path;
  }

  private boolean isDone(String image) {
    return read.containsKey(image) || unread.containsKey(image);
  }

  /** Reads an image, and returns its backing image. */
  private Optional<Next> readOne(Next next) throws ConnectionLostException {
    String image = next.image();
    if (ImageName.isOnNetwork(image)) {
      return cannotRead(image, "it is on the network");
    }
    if (ImageName.hasProtocol(image)) {
      return cannotRead(image, "its name is not a path");
    }
    if (read.size() >= MAX_IMAGES) {
      return cannotRead(image, "the library reads at most " + MAX_IMAGES + " images");
    }
    try {
      StorageVolumes.Use<Optional<Next>> use = volume -> read(volume, next);
      Optional<Optional<Next>> base =
          next.isTrusted() ? volumes.use(image, use) : volumes.useUntrusted(image, use);
      return base.isPresent() ? base.get() : cannotRead(image, "no active storage pool has it");
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException e) {
      addIfGone(image, e);
      return cannotRead(image, e.getMessage());
    } catch (IllegalStateException e) {
      return cannotRead(image, e.toString());
    }
  }

  private Optional<Next> cannotRead(String image, String reason) {
    unread.put(image, reason);
    return Optional.empty();
  }

  private Optional<Next> read(OpenVolume volume, Next next) throws LibvirtException {
    StorageVolume description = volume.describe();
    if (description.isWriteProtected()) {
      writeProtected.add(next.image());
    }
    String format = next.format().or(description::format).orElse(RAW);
    if (format.equals(RAW)) {
      read.put(
          next.image(),
          reading(description, description.capacity(), Optional.empty(), Optional.empty()));
      return Optional.empty();
    }
    if (!format.equals(QCOW2)) {
      return cannotRead(
          next.image(),
          "the library does not read images in the format " + LogEscaper.quote(format));
    }
    Qcow2Reading header = Qcow2Reading.of(volume::read);
    if (header.image().isEmpty()) {
      if (next.format().isPresent() && header.outcome() == Qcow2Reading.Outcome.OTHER_FORMAT) {
        notQcow2.add(next.image());
      }
      return cannotRead(next.image(), header.reason());
    }
    Qcow2Image qcow2 = header.image().get();
    Optional<String> base = qcow2.backingFile().map(file -> backingPath(description.path(), file));
    read.put(
        next.image(), reading(description, Optional.of(qcow2.virtualSize()), base, header.image()));
    boolean isTrusted = next.isTrusted() && next.format().isPresent();
    return base.map(path -> new Next(path, qcow2.backingFormat(), isTrusted));
  }

  private static ImageReading reading(
      StorageVolume volume,
      Optional<Long> size,
      Optional<String> backing,
      Optional<Qcow2Image> qcow2) {
    boolean isDevice = volume.path().startsWith(DEVICES);
    return new ImageReading(
        isDevice ? Optional.empty() : volume.modified(),
        isDevice ? Optional.empty() : volume.changed(),
        size,
        backing,
        qcow2);
  }

  /**
   * Returns the path of a backing file, or its name if that begins with a protocol, as in {@code
   * json:}. QEMU takes another name as relative to the folder of the image.
   */
  private static String backingPath(String image, String backingFile) {
    String file = backingFile.startsWith("file:/") ? backingFile.substring(5) : backingFile;
    if (ImageName.hasProtocol(file)) {
      return file;
    }
    String folder = file.startsWith("/") ? "" : image.substring(0, image.lastIndexOf('/') + 1);
    return Files.simplifyPath(folder + file);
  }
}
