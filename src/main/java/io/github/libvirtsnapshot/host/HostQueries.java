package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LibvirtUnavailableException;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.calls.ReleaseFunction;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.jna.virNodeInfo;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Queries about the host of a connection.
 *
 * @param connect the connection, which the caller closes
 */
public record HostQueries(Connect connect) {
  /** VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE: the error then names the missing CPU features. */
  private static final int FAIL_INCOMPATIBLE = 1;

  private static final String QEMU_ARGV = "qemu-argv";

  /** Creates the queries; the connection may not be null. */
  public HostQueries {
    checkNotNull(connect, "connect is null");
  }

  /** Attaches an object to the connection: {@link DomainQueries#attached} returns it. */
  public <T> void attach(Class<T> type, T object) {
    HandleAccess.attach(connect, type, object);
  }

  /**
   * Returns the images of all inactive domains, with one call.
   *
   * @return an immutable list
   * @throws LibvirtException also if the driver lacks this call ({@code VIR_ERR_NO_SUPPORT})
   * @throws LibvirtUnavailableException if the installed libvirt lacks the function
   * @see LibvirtLibrary#virConnectGetAllDomainStats
   */
  public List<DomainImages> inactiveDomainImages() throws LibvirtException {
    return HandleAccess.use(connect, DomainImages::ofAll);
  }

  /**
   * Lets libvirt validate a definition and prepare a start of it. Nothing is started, and nothing
   * changes on the host.
   *
   * @param domainXml the XML of the domain
   * @throws LibvirtException also if libvirt cannot prepare the start; the error is that of the
   *     start
   * @see LibvirtLibrary#virConnectDomainXMLToNative
   */
  public void prepareStart(String domainXml) throws LibvirtException {
    CStringArguments.check("domainXml", domainXml);
    OwnedString unused =
        HandleAccess.use(
            connect,
            (calls, pointer) ->
                calls.nonNull(
                    library ->
                        library.virConnectDomainXMLToNative(pointer, QEMU_ARGV, domainXml, 0)));
  }

  /**
   * Returns the memory of the host, in KiB.
   *
   * @see LibvirtLibrary#virNodeGetInfo
   */
  public long memory() throws LibvirtException {
    virNodeInfo info = new virNodeInfo();
    int unused =
        HandleAccess.use(
            connect,
            (calls, pointer) ->
                calls.nonNegative(library -> library.virNodeGetInfo(pointer, info)));
    return info.memory();
  }

  /**
   * Returns the number of CPUs of the host. The numbers of the CPUs are below this number.
   *
   * @see LibvirtLibrary#virNodeGetCPUMap
   */
  public int cpuCount() throws LibvirtException {
    return HandleAccess.use(
        connect,
        (calls, pointer) ->
            calls.nonNegative(library -> library.virNodeGetCPUMap(pointer, null, null, 0)));
  }

  /**
   * Returns the capabilities of an emulator on the host. Each argument may be null for the host's
   * default.
   *
   * @param emulator the path of the emulator
   * @param arch the guest's architecture, as in {@code x86_64}
   * @param machine the guest's machine type, as in {@code pc}
   * @param virtType the type of virtualization, as in {@code kvm} or {@code qemu}
   * @return the XML
   * @throws LibvirtException also if the host lacks the emulator, or the emulator does not support
   *     the other arguments
   * @see LibvirtLibrary#virConnectGetDomainCapabilities
   */
  public String domainCapabilities(
      @Nullable String emulator,
      @Nullable String arch,
      @Nullable String machine,
      @Nullable String virtType)
      throws LibvirtException {
    CStringArguments.checkIfPresent("emulator", emulator);
    CStringArguments.checkIfPresent("arch", arch);
    CStringArguments.checkIfPresent("machine", machine);
    CStringArguments.checkIfPresent("virtType", virtType);
    return HandleAccess.use(
            connect,
            (calls, pointer) ->
                calls.nonNull(
                    library ->
                        library.virConnectGetDomainCapabilities(
                            pointer, emulator, arch, machine, virtType, 0)))
        .value();
  }

  /**
   * Checks that an emulator on the host can provide a CPU to a guest. Each argument except the CPU
   * may be null for the host's default.
   *
   * @param emulator the path of the emulator
   * @param arch the guest's architecture, as in {@code x86_64}
   * @param machine the guest's machine type, as in {@code pc}
   * @param virtType the type of virtualization, as in {@code kvm} or {@code qemu}
   * @param cpuXml the CPU, as in the XML of a domain
   * @throws LibvirtException also if the emulator cannot provide the CPU; the error names the
   *     features that the CPU of the host lacks
   * @see LibvirtLibrary#virConnectCompareHypervisorCPU
   */
  public void checkHypervisorCPU(
      @Nullable String emulator,
      @Nullable String arch,
      @Nullable String machine,
      @Nullable String virtType,
      String cpuXml)
      throws LibvirtException {
    CStringArguments.checkIfPresent("emulator", emulator);
    CStringArguments.checkIfPresent("arch", arch);
    CStringArguments.checkIfPresent("machine", machine);
    CStringArguments.checkIfPresent("virtType", virtType);
    CStringArguments.check("cpuXml", cpuXml);
    int unused =
        HandleAccess.use(
            connect,
            (calls, pointer) ->
                calls.nonNegative(
                    library ->
                        library.virConnectCompareHypervisorCPU(
                            pointer,
                            emulator,
                            arch,
                            machine,
                            virtType,
                            cpuXml,
                            FAIL_INCOMPATIBLE)));
  }

  /**
   * Returns whether a virtual network is active.
   *
   * @throws LibvirtException also if there is no network with that name ({@code
   *     VIR_ERR_NO_NETWORK})
   * @see LibvirtLibrary#virNetworkLookupByName
   * @see LibvirtLibrary#virNetworkIsActive
   */
  public boolean isNetworkActive(String name) throws LibvirtException {
    CStringArguments.check("name", name);
    return with(
            (library, connect) -> library.virNetworkLookupByName(connect, name),
            LibvirtLibrary::virNetworkFree,
            (calls, network) -> calls.nonNegative(library -> library.virNetworkIsActive(network)))
        == 1;
  }

  /**
   * Returns whether a storage pool is active.
   *
   * @throws LibvirtException also if there is no pool with that name ({@code
   *     VIR_ERR_NO_STORAGE_POOL})
   * @see LibvirtLibrary#virStoragePoolLookupByName
   * @see LibvirtLibrary#virStoragePoolIsActive
   */
  public boolean isStoragePoolActive(String name) throws LibvirtException {
    CStringArguments.check("name", name);
    return withPool(
            name,
            (calls, pool) -> calls.nonNegative(library -> library.virStoragePoolIsActive(pool)))
        == 1;
  }

  /**
   * Returns the path of an image.
   *
   * @param image the name of an image in a definition: its path, or the names of an active storage
   *     pool and of a volume with a slash in between
   * @throws LibvirtException as {@link #storageVolPath} does
   */
  public String imagePath(String image) throws LibvirtException {
    int separator = image.indexOf('/');
    return separator <= 0
        ? image
        : storageVolPath(image.substring(0, separator), image.substring(separator + 1));
  }

  /**
   * Returns the path of a volume in an active storage pool, as of the last refresh of the pool.
   *
   * @throws LibvirtException also if there is no such pool or volume ({@code
   *     VIR_ERR_NO_STORAGE_POOL}, {@code VIR_ERR_NO_STORAGE_VOL})
   * @see LibvirtLibrary#virStorageVolLookupByName
   * @see LibvirtLibrary#virStorageVolGetPath
   */
  public String storageVolPath(String pool, String volume) throws LibvirtException {
    CStringArguments.check("pool", pool);
    CStringArguments.check("volume", volume);
    return withPool(
        pool,
        (calls, found) -> {
          StorageVolPointer file =
              calls.nonNull(library -> library.virStorageVolLookupByName(found, volume));
          try {
            return calls.nonNull(library -> library.virStorageVolGetPath(file)).value();
          } finally {
            calls.release(LibvirtLibrary::virStorageVolFree, file);
          }
        });
  }

  /**
   * Returns the XML of a device of the host.
   *
   * @param name the name of the device, as in {@code pci_0000_00_02_0}
   * @throws LibvirtException also if there is no device with that name ({@code
   *     VIR_ERR_NO_NODE_DEVICE})
   * @see LibvirtLibrary#virNodeDeviceLookupByName
   * @see LibvirtLibrary#virNodeDeviceGetXMLDesc
   * @see <a href="https://libvirt.org/formatnode.html">Node device XML format</a>
   */
  public String nodeDeviceXml(String name) throws LibvirtException {
    CStringArguments.check("name", name);
    return with(
        (library, connect) -> library.virNodeDeviceLookupByName(connect, name),
        LibvirtLibrary::virNodeDeviceFree,
        (calls, device) ->
            calls.nonNull(library -> library.virNodeDeviceGetXMLDesc(device, 0)).value());
  }

  private <R> R withPool(String name, HandleAccess.Use<StoragePoolPointer, R, LibvirtException> use)
      throws LibvirtException {
    return with(
        (library, connection) -> library.virStoragePoolLookupByName(connection, name),
        LibvirtLibrary::virStoragePoolFree,
        use);
  }

  /** Looks up an object of the host, uses it, and releases its reference. */
  private <P extends PointerType, R> R with(
      BiFunction<LibvirtLibrary, ConnectPointer, @Nullable P> lookup,
      ReleaseFunction<P> release,
      HandleAccess.Use<P, R, LibvirtException> use)
      throws LibvirtException {
    return HandleAccess.use(
        connect,
        (calls, connection) -> {
          P found = calls.nonNull(library -> lookup.apply(library, connection));
          try {
            return use.apply(calls, found);
          } finally {
            calls.release(release, found);
          }
        });
  }
}
