package io.github.libvirtsnapshot.host;

import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import java.util.UUID;

/**
 * A transient storage pool over a folder, for as long as its images are read. The files in the
 * folder do not change, except for the time of the last access. libvirt refuses a second pool over
 * the folder: this pool can't be created if the folder has a pool already, active or not, and no
 * other client can create one as long as this pool exists.
 *
 * <p>If this process or the connection ends before {@link #close}, the pool remains until the host
 * restarts, or until {@code virsh pool-destroy} of its name, which begins with {@code
 * libvirt-snapshot-}.
 */
public final class TransientPool implements AutoCloseable {
  private static final int NO_FLAGS = 0;

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
   * @throws LibvirtException also if the folder has a pool already ({@code
   *     VIR_ERR_OPERATION_FAILED}), or the connection is read-only
   * @see LibvirtLibrary#virStoragePoolCreateXML
   */
  public static TransientPool over(Connect connect, String folder) throws LibvirtException {
    CStringArguments.check("folder", folder);
    String name = "libvirt-snapshot-" + UUID.randomUUID();
    String xml =
        "<pool type='dir'><name>"
            + name
            + "</name><target><path>"
            + XmlEscapers.xmlContentEscaper().escape(folder)
            + "</path></target></pool>";
    return HandleAccess.use(
        connect,
        (calls, connection) -> {
          StoragePoolPointer pool =
              calls.nonNull(library -> library.virStoragePoolCreateXML(connection, xml, NO_FLAGS));
          calls.release(LibvirtLibrary::virStoragePoolFree, pool);
          return new TransientPool(connect, name);
        });
  }

  /** Returns the name of the pool, which no other pool has. */
  public String name() {
    return name;
  }

  /**
   * Removes the pool.
   *
   * @throws ConnectionLostException if the connection was lost; the pool then remains
   * @see LibvirtLibrary#virStoragePoolDestroy
   */
  @Override
  public void close() throws LibvirtException {
    int unused =
        HandleAccess.use(
            connect,
            (calls, connection) -> {
              StoragePoolPointer pool =
                  calls.nonNull(library -> library.virStoragePoolLookupByName(connection, name));
              try {
                return calls.nonNegative(library -> library.virStoragePoolDestroy(pool));
              } finally {
                calls.release(LibvirtLibrary::virStoragePoolFree, pool);
              }
            });
  }

  /** Returns the name of the pool, as in {@code pool "libvirt-snapshot-..."}. */
  @Override
  public String toString() {
    return "pool " + LogEscaper.quote(name);
  }
}
