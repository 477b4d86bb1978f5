package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Files;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.Calls;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds images among the volumes of the host's active storage pools. libvirt compares paths as
 * texts, and does not resolve symbolic links: an image is found only by the path that its pool has.
 *
 * <p>A pool has the files that were in its folder when it was refreshed last. The library never
 * refreshes a pool of others, because libvirt stops a pool whose folder it can't read then, and
 * forgets it if it is transient. Instead, the library can create a {@link TransientPool} over the
 * folder, which has the present files. {@link #close} removes these pools.
 *
 * <p>An instance belongs to one plan or report. It is not thread-safe.
 */
public final class StorageVolumes implements AutoCloseable {
  private static final Logger LOG = System.getLogger(StorageVolumes.class.getName());

  /** The files in this folder are devices, and libvirt opens each file of a new pool. */
  private static final String DEVICES = "/dev/";

  private final Connect connect;
  private final PoolCreation creation;
  private final Map<String, TransientPool> created = new LinkedHashMap<>();
  private final Map<String, LibvirtException> notCreated = new HashMap<>();
  private final Map<String, Boolean> activePools = new HashMap<>();
  private final List<String> notRemoved = new ArrayList<>();

  private StorageVolumes(Connect connect, PoolCreation creation) {
    this.connect = checkNotNull(connect, "connect is null");
    this.creation = checkNotNull(creation, "creation is null");
  }

  /**
   * Returns the volumes of the host.
   *
   * @param connect the connection, which the caller closes after these volumes
   * @param creation over which folders the library may create transient pools
   */
  public static StorageVolumes of(Connect connect, PoolCreation creation) {
    return new StorageVolumes(connect, creation);
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
   * @return the result of the function; empty if no active storage pool has the image, and no
   *     transient pool may be created
   * @throws LibvirtException also if the folder does not have the image ({@code
   *     VIR_ERR_NO_STORAGE_VOL}): the file is missing, or libvirt can't open it. The pool can't be
   *     created through a read-only connection ({@code VIR_ERR_OPERATION_DENIED})
   * @see LibvirtLibrary#virStorageVolLookupByPath
   */
  public <R> Optional<R> use(String path, Use<R> use) throws LibvirtException {
    return use(path, creation, use);
  }

  /**
   * Does the same for an image whose path a tenant may have written. The library creates no pool
   * over a folder that no active pool has, because libvirt would open each file in it.
   */
  public <R> Optional<R> useUntrusted(String path, Use<R> use) throws LibvirtException {
    return use(
        path,
        creation == PoolCreation.IN_ALL_FOLDERS ? PoolCreation.IN_FOLDERS_OF_POOLS : creation,
        use);
  }

  /**
   * Returns the description of an image, with two round trips, if an active storage pool knows it.
   * For a folder that no active pool has, the library calls libvirt once.
   *
   * @param path the absolute path of the image
   * @return the description; empty if no active pool has the folder of the image
   * @throws LibvirtException also if the pool of the folder does not know the image ({@code
   *     VIR_ERR_NO_STORAGE_VOL})
   */
  public Optional<StorageVolume> describe(String path) throws LibvirtException {
    CStringArguments.check("path", path);
    boolean isInPool =
        HandleAccess.use(
            connect, (calls, connection) -> hasActivePool(calls, connection, folder(path)));
    return isInPool ? use(path, PoolCreation.NEVER, OpenVolume::describe) : Optional.empty();
  }

  /**
   * Returns whether a file exists, as libvirt finds at this moment. A pool, also one that the
   * library has just created, can lack a file that exists: the pool is out of date, or libvirt
   * can't open the file.
   *
   * @param path the absolute path of the file
   * @return empty if that is unknown, because no pool has the file, and no transient pool may be
   *     created
   * @throws ConnectionLostException if the connection was lost
   */
  public Optional<Boolean> exists(String path) throws ConnectionLostException {
    try {
      if (use(path, PoolCreation.NEVER, OpenVolume::describe).isPresent()) {
        return Optional.of(true);
      }
      return creation == PoolCreation.NEVER
          ? Optional.empty()
          : TransientPool.exists(connect, path);
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException e) {
      return e.getError().getCode() == ErrorNumber.VIR_ERR_NO_STORAGE_VOL
          ? Optional.of(false)
          : Optional.empty();
    }
  }

  /** Returns whether a file certainly does not exist, as {@link #exists} finds. */
  public boolean isMissing(String path) throws ConnectionLostException {
    return exists(path).equals(Optional.of(false));
  }

  private <R> Optional<R> use(String path, PoolCreation allowed, Use<R> use)
      throws LibvirtException {
    CStringArguments.check("path", path);
    return HandleAccess.use(
        connect,
        (calls, connection) -> {
          Optional<StorageVolPointer> found = find(calls, connection, path, allowed);
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
      Calls<LibvirtException> calls, ConnectPointer connection, String path, PoolCreation allowed)
      throws LibvirtException {
    try {
      return Optional.of(
          calls.nonNull(library -> library.virStorageVolLookupByPath(connection, path)));
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_NO_STORAGE_VOL) {
        throw e;
      }
    }
    String folder = folder(path);
    return mayUseOwnPool(calls, connection, folder, allowed)
        ? Optional.of(poolOver(folder).volume(path.substring(path.lastIndexOf('/') + 1)))
        : Optional.empty();
  }

  private static String folder(String path) {
    int end = path.lastIndexOf('/');
    return end == 0 ? "/" : path.substring(0, Math.max(0, end));
  }

  private boolean mayUseOwnPool(
      Calls<LibvirtException> calls, ConnectPointer connection, String folder, PoolCreation allowed)
      throws LibvirtException {
    if (!folder.startsWith("/") || (Files.simplifyPath(folder) + "/").startsWith(DEVICES)) {
      return false;
    }
    return switch (allowed) {
      case NEVER -> false;
      case IN_FOLDERS_OF_POOLS ->
          created.containsKey(folder) || hasActivePool(calls, connection, folder);
      case IN_ALL_FOLDERS -> true;
    };
  }

  private boolean hasActivePool(
      Calls<LibvirtException> calls, ConnectPointer connection, String folder)
      throws LibvirtException {
    Boolean known = activePools.get(folder);
    if (known == null) {
      known = usePoolOf(calls, connection, folder, (sameCalls, pool) -> true).isPresent();
      activePools.put(folder, known);
    }
    return known;
  }

  /** Passes the active pool of a folder to a function; the result is empty if there is no pool. */
  private static <R> Optional<R> usePoolOf(
      Calls<LibvirtException> calls,
      ConnectPointer connection,
      String folder,
      HandleAccess.Use<StoragePoolPointer, R, LibvirtException> use)
      throws LibvirtException {
    StoragePoolPointer pool;
    try {
      pool = calls.nonNull(library -> library.virStoragePoolLookupByTargetPath(connection, folder));
    } catch (LibvirtException e) {
      if (e.getError().getCode() == ErrorNumber.VIR_ERR_NO_STORAGE_POOL) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      return Optional.of(use.apply(calls, pool));
    } finally {
      calls.release(LibvirtLibrary::virStoragePoolFree, pool);
    }
  }

  private TransientPool poolOver(String folder) throws LibvirtException {
    if (notCreated.containsKey(folder)) {
      throw notCreated.get(folder);
    }
    TransientPool pool = created.get(folder);
    if (pool == null) {
      try {
        pool = TransientPool.over(connect, folder);
      } catch (LibvirtException e) {
        notCreated.put(folder, e);
        throw e;
      }
      created.put(folder, pool);
    }
    return pool;
  }

  /**
   * Returns the bytes that are available in the folder of an image, as of the time when the pool of
   * the folder was refreshed last.
   *
   * @param path the absolute path of the image
   * @return empty if no active pool has the folder
   * @see LibvirtLibrary#virStoragePoolLookupByTargetPath
   */
  public OptionalLong available(String path) throws LibvirtException {
    CStringArguments.check("path", path);
    TransientPool own = created.get(folder(path));
    return own != null
        ? own.available()
        : HandleAccess.use(
            connect,
            (calls, connection) ->
                usePoolOf(calls, connection, folder(path), TransientPool::available)
                    .orElseGet(OptionalLong::empty));
  }

  /** Returns the folders over which the library created transient pools. */
  public List<String> foldersOfCreatedPools() {
    return ImmutableList.copyOf(created.keySet());
  }

  /** Returns for each pool that {@link #close} could not remove what to do. */
  public List<String> notRemoved() {
    return ImmutableList.copyOf(notRemoved);
  }

  /**
   * Removes the pools that this object has created.
   *
   * @throws ConnectionLostException if the connection was lost; the pools may remain
   */
  @Override
  public void close() throws ConnectionLostException {
    Optional<ConnectionLostException> lost = Optional.empty();
    for (TransientPool pool : created.values()) {
      try {
        pool.close();
      } catch (ConnectionLostException e) {
        lost = Optional.of(e);
      } catch (LibvirtException | RuntimeException e) {
        String remains =
            "whether "
                + pool
                + " still exists: "
                + e.getMessage()
                + "; remove it: "
                + pool.removal();
        SafeLogger.log(LOG, Level.WARNING, remains);
        notRemoved.add(remains);
      }
    }
    if (lost.isPresent()) {
      throw lost.get();
    }
  }
}
