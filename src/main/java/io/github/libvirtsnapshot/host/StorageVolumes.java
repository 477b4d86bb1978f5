package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.Calls;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Finds images among the volumes of the host's active storage pools. libvirt compares paths as
 * texts, and does not resolve symbolic links: an image is found only by the path that its pool has.
 *
 * <p>A pool has the files that were in its folder at its last refresh. If no volume has the path of
 * an image, and an active pool has the folder of the image, the library refreshes the pool, and
 * looks the image up again. libvirt then reads the beginning of each file in the folder, and
 * changes none, except for the time of the last access. libvirt leaves out the files that it can't
 * open, and stops the pool if it can't read the folder. An instance refreshes each pool once, and
 * belongs to one plan. It is not thread-safe.
 */
public final class StorageVolumes {
  private static final int NO_FLAGS = 0;

  /** The types of pools whose volumes are the files of a folder. */
  private static final Set<String> FOLDERS = Set.of("dir", "fs", "netfs");

  private final Connect connect;
  private final boolean refreshes;
  private final Set<String> refreshed = new HashSet<>();

  private StorageVolumes(Connect connect, boolean refreshes) {
    this.connect = checkNotNull(connect, "connect is null");
    this.refreshes = refreshes;
  }

  /**
   * Returns the volumes that the pools know. libvirt refreshes a pool if the pool does not know an
   * image of its folder. If libvirt can't read the folder then, libvirt stops the pool.
   *
   * @param connect the connection, which the caller closes
   */
  public static StorageVolumes refreshed(Connect connect) {
    return new StorageVolumes(connect, true);
  }

  /**
   * Returns the volumes that the pools knew at their last refresh.
   *
   * @param connect the connection, which the caller closes
   */
  public static StorageVolumes known(Connect connect) {
    return new StorageVolumes(connect, false);
  }

  /** A function that reads a volume. */
  public interface Use<R> {
    R apply(OpenVolume volume) throws LibvirtException;
  }

  /**
   * Finds the volume of an image, and passes it to a function.
   *
   * @param path the absolute path of the image, as in {@code /var/lib/libvirt/images/web01.qcow2}
   * @param use the function; it may not keep the volume
   * @return the result of the function; empty if no active storage pool has the folder of the image
   * @throws LibvirtException also if the pool does not have the image after the refresh ({@code
   *     VIR_ERR_NO_STORAGE_VOL}): the file is missing, or libvirt can't open it. A pool can't be
   *     refreshed through a read-only connection ({@code VIR_ERR_OPERATION_DENIED}), and while
   *     libvirt creates a volume in it ({@code VIR_ERR_INTERNAL_ERROR})
   * @see LibvirtLibrary#virStorageVolLookupByPath
   * @see LibvirtLibrary#virStoragePoolRefresh
   */
  public <R> Optional<R> use(String path, Use<R> use) throws LibvirtException {
    CStringArguments.check("path", path);
    return HandleAccess.use(
        connect,
        (calls, connection) -> {
          Optional<StorageVolPointer> found = find(calls, connection, path);
          if (found.isEmpty()) {
            return Optional.empty();
          }
          try {
            return Optional.of(use.apply(new OpenVolume(calls, connection, found.get())));
          } finally {
            calls.release(LibvirtLibrary::virStorageVolFree, found.get());
          }
        });
  }

  private Optional<StorageVolPointer> find(
      Calls<LibvirtException> calls, ConnectPointer connection, String path)
      throws LibvirtException {
    try {
      return Optional.of(lookup(calls, connection, path));
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_NO_STORAGE_VOL) {
        throw e;
      }
    }
    return refreshes && hasRefreshedPool(calls, connection, folder(path))
        ? Optional.of(lookup(calls, connection, path))
        : Optional.empty();
  }

  private static StorageVolPointer lookup(
      Calls<LibvirtException> calls, ConnectPointer connection, String path)
      throws LibvirtException {
    return calls.nonNull(library -> library.virStorageVolLookupByPath(connection, path));
  }

  private static String folder(String path) {
    int end = path.lastIndexOf('/');
    return end == 0 ? "/" : path.substring(0, Math.max(0, end));
  }

  /** Returns false if no active pool has this folder. */
  private boolean hasRefreshedPool(
      Calls<LibvirtException> calls, ConnectPointer connection, String folder)
      throws LibvirtException {
    if (refreshed.contains(folder)) {
      return true;
    }
    StoragePoolPointer pool;
    try {
      pool = calls.nonNull(library -> library.virStoragePoolLookupByTargetPath(connection, folder));
    } catch (LibvirtException e) {
      if (e.getError().getCode() == ErrorNumber.VIR_ERR_NO_STORAGE_POOL) {
        return false;
      }
      throw e;
    }
    try {
      return refresh(calls, pool, folder);
    } finally {
      calls.release(LibvirtLibrary::virStoragePoolFree, pool);
    }
  }

  private boolean refresh(Calls<LibvirtException> calls, StoragePoolPointer pool, String folder)
      throws LibvirtException {
    String xml = calls.nonNull(library -> library.virStoragePoolGetXMLDesc(pool, NO_FLAGS)).value();
    if (!FOLDERS.contains(XmlNode.parse(xml).text("@type"))) {
      return false;
    }
    int unused = calls.nonNegative(library -> library.virStoragePoolRefresh(pool, NO_FLAGS));
    refreshed.add(folder);
    return true;
  }
}
