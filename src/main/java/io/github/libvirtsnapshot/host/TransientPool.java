package io.github.libvirtsnapshot.host;

import com.google.common.primitives.Longs;
import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.Calls;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A transient storage pool over a folder, for as long as its images are read. The files in the
 * folder do not change, except for the time of the last access.
 *
 * <p>libvirt refuses a second pool over a folder, and compares the paths of folders as texts. So
 * the path of this pool is another one to the same folder, as in {@code /srv/images/.}: the pool
 * that the folder has, active or not, stays as it is, and other clients can create one.
 *
 * <p>If this process or the connection ends before {@link #close}, the pool remains until the host
 * restarts, or until {@code virsh pool-destroy} of its name, which begins with {@code
 * libvirt-snapshot-}.
 */
public final class TransientPool implements AutoCloseable {
  private static final Logger LOG = System.getLogger(TransientPool.class.getName());
  private static final int NO_FLAGS = 0;

  /** The maximum number of other transient pools over the folder, one for each other plan. */
  private static final int MAX_POOLS = 100;

  private static final String SAME_FOLDER = "/.";

  /** The number of the operating system's error "No such file or directory". */
  private static final int ENOENT = 2;

  /** The number of the operating system's error "Not a directory". */
  private static final int ENOTDIR = 20;

  private final Connect connect;
  private final String name;

  private TransientPool(Connect connect, String name) {
    this.connect = connect;
    this.name = name;
  }

  /**
   * Creates a pool over a folder.
   *
   * @param connect the connection, which has to be open until the pool is closed
   * @param folder the absolute path of the folder, as in {@code /srv/images}
   * @throws LibvirtException also if libvirt can't read the folder ({@code VIR_ERR_SYSTEM_ERROR}),
   *     or the connection is read-only ({@code VIR_ERR_OPERATION_DENIED})
   * @throws ConnectionLostException if the connection was lost; the pool may remain, and the log
   *     names the command that removes it
   * @see LibvirtLibrary#virStoragePoolCreateXML
   */
  public static TransientPool over(Connect connect, String folder) throws LibvirtException {
    CStringArguments.check("folder", folder);
    TransientPool pool = new TransientPool(connect, "libvirt-snapshot-" + UUID.randomUUID());
    String path = folder;
    for (int others = 0; ; others++) {
      path += SAME_FOLDER;
      try {
        pool.create(path);
        return pool;
      } catch (ConnectionLostException e) {
        throw pool.remaining(e);
      } catch (LibvirtException e) {
        if (e.getError().getCode() != ErrorNumber.VIR_ERR_OPERATION_FAILED || others == MAX_POOLS) {
          throw e;
        }
      }
    }
  }

  /**
   * Returns whether a file exists. libvirt creates a pool only over a folder, and its error tells
   * whether the path leads to a file or to nothing.
   *
   * @param path the absolute path of the file
   * @return empty if the path leads to a folder, or the error does not tell
   * @throws ConnectionLostException if the connection was lost
   */
  static Optional<Boolean> exists(Connect connect, String path) throws ConnectionLostException {
    try {
      over(connect, path).close();
      return Optional.empty();
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_SYSTEM_ERROR) {
        return Optional.empty();
      }
      return switch (e.getError().getInt1()) {
        case ENOENT -> Optional.of(false);
        case ENOTDIR -> Optional.of(true);
        default -> Optional.empty();
      };
    }
  }

  private void create(String path) throws LibvirtException {
    String xml =
        "<pool type='dir'><name>"
            + name
            + "</name><target><path>"
            + XmlEscapers.xmlContentEscaper().escape(path)
            + "</path></target></pool>";
    boolean unused =
        HandleAccess.use(
            connect,
            (calls, connection) -> {
              StoragePoolPointer pool =
                  calls.nonNull(
                      library -> library.virStoragePoolCreateXML(connection, xml, NO_FLAGS));
              calls.release(LibvirtLibrary::virStoragePoolFree, pool);
              return true;
            });
  }

  /** Logs that the pool may still exist, and returns the exception. */
  private ConnectionLostException remaining(ConnectionLostException lost) {
    SafeLogger.log(
        LOG,
        Level.WARNING,
        "the connection was lost, and " + this + " may still exist; remove it: " + removal());
    return lost;
  }

  /** Returns the name of the pool, which no other pool has. */
  public String name() {
    return name;
  }

  /**
   * Finds a volume of the pool.
   *
   * @param file the name of the file in the folder
   * @return a reference that the caller releases
   * @throws LibvirtException also if the folder does not have the file, or libvirt can't open it
   *     ({@code VIR_ERR_NO_STORAGE_VOL})
   * @see LibvirtLibrary#virStorageVolLookupByName
   */
  StorageVolPointer volume(String file) throws LibvirtException {
    return use(
        (calls, pool) -> calls.nonNull(library -> library.virStorageVolLookupByName(pool, file)));
  }

  /**
   * Returns the bytes that are available to users of the folder.
   *
   * @see LibvirtLibrary#virStoragePoolGetXMLDesc
   */
  OptionalLong available() throws LibvirtException {
    return use(TransientPool::available);
  }

  /** Returns the bytes that were available when the pool was refreshed last. */
  static OptionalLong available(Calls<LibvirtException> calls, StoragePoolPointer pool)
      throws LibvirtException {
    String xml = calls.nonNull(library -> library.virStoragePoolGetXMLDesc(pool, NO_FLAGS)).value();
    Long bytes = Longs.tryParse(XmlNode.parse(xml).text("available"));
    return bytes == null || bytes < 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  /** Returns the shell command that removes the pool. */
  String removal() {
    return "virsh pool-destroy " + name;
  }

  /**
   * Removes the pool, if it still exists.
   *
   * @throws ConnectionLostException if the connection was lost; the pool may remain, and the log
   *     names the command that removes it
   * @see LibvirtLibrary#virStoragePoolDestroy
   */
  @Override
  public void close() throws LibvirtException {
    try {
      int unused =
          use((calls, pool) -> calls.nonNegative(library -> library.virStoragePoolDestroy(pool)));
    } catch (ConnectionLostException e) {
      throw remaining(e);
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_NO_STORAGE_POOL) {
        throw e;
      }
    }
  }

  private <R> R use(HandleAccess.Use<StoragePoolPointer, R, LibvirtException> use)
      throws LibvirtException {
    return HandleAccess.use(
        connect,
        (calls, connection) -> {
          StoragePoolPointer pool =
              calls.nonNull(library -> library.virStoragePoolLookupByName(connection, name));
          try {
            return use.apply(calls, pool);
          } finally {
            calls.release(LibvirtLibrary::virStoragePoolFree, pool);
          }
        });
  }

  /** Returns the name of the pool, as in {@code storage pool "libvirt-snapshot-..."}. */
  @Override
  public String toString() {
    return "storage pool " + LogEscaper.quote(name);
  }
}
