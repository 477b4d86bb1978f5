package io.github.libvirtsnapshot.jna;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;
import org.jspecify.annotations.Nullable;

/**
 * libvirt's C functions under their own names: all functions of libvirt-domain-snapshot.h, and
 * those of other headers that this library needs. {@link NativeLibvirt#shared} returns the real
 * library; tests can mock this interface without libvirt.
 *
 * <p>The results are libvirt's: -1 or null means failure, and {@link #virGetLastError} on the same
 * OS thread returns the error. Texts are UTF-8. libvirt owns the memory of a {@link String} result;
 * the memory of an {@link OwnedString} result belonged to the caller and is freed already. The
 * caller has to release each pointer that is documented as a new reference exactly once.
 */
public interface LibvirtLibrary extends Library {
  /** The encoding of libvirt's texts. */
  String ENCODING = "UTF-8";

  /**
   * The type {@code virConnectAuthCallbackPtr}: a callback that answers libvirt's questions for
   * credentials.
   */
  interface VirConnectAuthCallback extends Callback {
    /**
     * Answers the questions; libvirt calls it on the thread that opens the connection.
     *
     * @param credentials an array of {@link virConnectCredential}
     * @return 0, or -1 to give up
     */
    int callback(Pointer credentials, int count, @Nullable Pointer data);
  }

  // libvirt-host.h

  /**
   * Opens a connection; null means libvirt's default URI.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectOpen">virConnectOpen</a>
   */
  @Nullable ConnectPointer virConnectOpen(@Nullable String uri);

  /**
   * Opens a read-only connection.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectOpenReadOnly">virConnectOpenReadOnly</a>
   */
  @Nullable ConnectPointer virConnectOpenReadOnly(@Nullable String uri);

  /**
   * Opens a connection; libvirt may call the callback for credentials, unless it is null.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectOpenAuth">virConnectOpenAuth</a>
   */
  @Nullable ConnectPointer virConnectOpenAuth(
      @Nullable String uri, @Nullable virConnectAuth auth, int flags);

  /**
   * Adds a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectRef">virConnectRef</a>
   */
  int virConnectRef(ConnectPointer connection);

  /**
   * Releases a reference; releasing the last reference closes the connection.
   *
   * @return the number of remaining references, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectClose">virConnectClose</a>
   */
  int virConnectClose(ConnectPointer connection);

  /**
   * Returns the URI of a connection.
   *
   * @return the URI, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectGetURI">virConnectGetURI</a>
   */
  @Nullable OwnedString virConnectGetURI(ConnectPointer connection);

  /**
   * Returns whether the connection is alive.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectIsAlive">virConnectIsAlive</a>
   */
  int virConnectIsAlive(ConnectPointer connection);

  /**
   * Lets libvirt check regularly whether the other side responds.
   *
   * @param interval the seconds without data from the other side after which libvirt sends a
   *     request; zero or less for never
   * @param count how many requests may remain unanswered before libvirt closes the connection
   * @return 0, 1 if the other side does not support this, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectSetKeepAlive">virConnectSetKeepAlive</a>
   */
  int virConnectSetKeepAlive(ConnectPointer connection, int interval, int count);

  /**
   * Registers a function that libvirt calls when the connection ends. Until the function is
   * unregistered, it holds a reference to the connection.
   *
   * @param callback the function, from {@link CloseFunction#of}; has to be reachable until it is
   *     unregistered
   * @param data the data that the function gets, or null
   * @param freeData a {@code virFreeCallback} for the data, or null
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectRegisterCloseCallback">virConnectRegisterCloseCallback</a>
   */
  int virConnectRegisterCloseCallback(
      ConnectPointer connection,
      Callback callback,
      @Nullable Pointer data,
      @Nullable Pointer freeData);

  /**
   * Unregisters the function that libvirt calls when the connection ends. The function is not
   * running any more when this call returns.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectUnregisterCloseCallback">virConnectUnregisterCloseCallback</a>
   */
  int virConnectUnregisterCloseCallback(ConnectPointer connection, Callback callback);

  /**
   * Reads the hypervisor's version as 1,000,000 * major + 1,000 * minor + release.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectGetVersion">virConnectGetVersion</a>
   */
  int virConnectGetVersion(ConnectPointer connection, NativeLongByReference version);

  /**
   * Reads the version of libvirt on the host, in the same form.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectGetLibVersion">virConnectGetLibVersion</a>
   */
  int virConnectGetLibVersion(ConnectPointer connection, NativeLongByReference version);

  /**
   * Returns the name of the driver of a connection.
   *
   * @return the name, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectGetType">virConnectGetType</a>
   */
  @Nullable String virConnectGetType(ConnectPointer connection);

  /**
   * Compares a CPU with the CPU that an emulator on the host can provide to a guest.
   *
   * @return a virCPUCompareResult, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectCompareHypervisorCPU">virConnectCompareHypervisorCPU</a>
   */
  int virConnectCompareHypervisorCPU(
      ConnectPointer connection,
      @Nullable String emulator,
      @Nullable String arch,
      @Nullable String machine,
      @Nullable String virtType,
      String xmlCpu,
      int flags);

  /**
   * Reads information about the host.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virNodeGetInfo">virNodeGetInfo</a>
   */
  int virNodeGetInfo(ConnectPointer connection, virNodeInfo info);

  /**
   * Returns the number of CPUs of the host. The numbers of the CPUs are below this number.
   *
   * @param cpuMap the memory for a pointer to a map that the caller has to free, or null
   * @param online the memory for the number of CPUs that are online, or null
   * @return the number of CPUs that are present, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virNodeGetCPUMap">virNodeGetCPUMap</a>
   */
  int virNodeGetCPUMap(
      ConnectPointer connection, @Nullable Pointer cpuMap, int @Nullable [] online, int flags);

  // libvirt-domain.h

  /**
   * Converts the definition of a domain to the format of a hypervisor. For this, libvirt's QEMU
   * driver validates the definition and prepares a start, but starts nothing.
   *
   * @param nativeFormat the format, as in {@code qemu-argv}
   * @return the converted definition, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectDomainXMLToNative">virConnectDomainXMLToNative</a>
   */
  @Nullable OwnedString virConnectDomainXMLToNative(
      ConnectPointer connection, String nativeFormat, String domainXml, int flags);

  /**
   * Returns the capabilities of an emulator on the host.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetDomainCapabilities">virConnectGetDomainCapabilities</a>
   */
  @Nullable OwnedString virConnectGetDomainCapabilities(
      ConnectPointer connection,
      @Nullable String emulator,
      @Nullable String arch,
      @Nullable String machine,
      @Nullable String virtType,
      int flags);

  /**
   * Returns the domains at one moment; each is a new reference.
   *
   * @return the number of domains, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectListAllDomains">virConnectListAllDomains</a>
   */
  int virConnectListAllDomains(
      ConnectPointer connection, @Nullable PointerArrayByReference domains, int flags);

  /**
   * Finds a domain.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainLookupByName">virDomainLookupByName</a>
   */
  @Nullable DomainPointer virDomainLookupByName(ConnectPointer connection, String name);

  /**
   * Finds a domain.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainLookupByUUIDString">virDomainLookupByUUIDString</a>
   */
  @Nullable DomainPointer virDomainLookupByUUIDString(ConnectPointer connection, String uuid);

  /**
   * Finds an active domain.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainLookupByID">virDomainLookupByID</a>
   */
  @Nullable DomainPointer virDomainLookupByID(ConnectPointer connection, int id);

  /**
   * Defines a persistent domain, or changes its definition.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainDefineXMLFlags">virDomainDefineXMLFlags</a>
   */
  @Nullable DomainPointer virDomainDefineXMLFlags(ConnectPointer connection, String xml, int flags);

  /**
   * Creates and starts a transient domain, or starts a domain that is defined already.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainCreateXML">virDomainCreateXML</a>
   */
  @Nullable DomainPointer virDomainCreateXML(ConnectPointer connection, String xml, int flags);

  /**
   * Adds a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainRef">virDomainRef</a>
   */
  int virDomainRef(DomainPointer domain);

  /**
   * Releases a reference; the domain itself does not change.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFree">virDomainFree</a>
   */
  int virDomainFree(DomainPointer domain);

  /**
   * Returns the connection of a domain, without a new reference.
   *
   * @return the connection, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetConnect">virDomainGetConnect</a>
   */
  @Nullable ConnectPointer virDomainGetConnect(DomainPointer domain);

  /**
   * Returns the name of a domain.
   *
   * @return the name, in libvirt's memory, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetName">virDomainGetName</a>
   */
  @Nullable String virDomainGetName(DomainPointer domain);

  /**
   * Writes the UUID as text with a NUL at the end.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetUUIDString">virDomainGetUUIDString</a>
   */
  int virDomainGetUUIDString(DomainPointer domain, byte[] buffer);

  /**
   * Reads the number of an active domain.
   *
   * @return the number, or -1 on failure and for an inactive domain
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetID">virDomainGetID</a>
   */
  int virDomainGetID(DomainPointer domain);

  /**
   * Returns the XML definition of a domain.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetXMLDesc">virDomainGetXMLDesc</a>
   */
  @Nullable OwnedString virDomainGetXMLDesc(DomainPointer domain, int flags);

  /**
   * Reads the state and the reason for it, each into an array of length 1.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetState">virDomainGetState</a>
   */
  int virDomainGetState(DomainPointer domain, int[] state, int @Nullable [] reason, int flags);

  /**
   * Returns whether a domain is active: running or paused.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainIsActive">virDomainIsActive</a>
   */
  int virDomainIsActive(DomainPointer domain);

  /**
   * Returns whether libvirt stores a definition of the domain.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainIsPersistent">virDomainIsPersistent</a>
   */
  int virDomainIsPersistent(DomainPointer domain);

  /**
   * Starts a defined domain.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainCreateWithFlags">virDomainCreateWithFlags</a>
   */
  int virDomainCreateWithFlags(DomainPointer domain, int flags);

  /**
   * Stops a domain immediately.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainDestroy">virDomainDestroy</a>
   */
  int virDomainDestroy(DomainPointer domain);

  /**
   * Requests the guest to shut down, and does not wait for the shutdown.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainShutdown">virDomainShutdown</a>
   */
  int virDomainShutdown(DomainPointer domain);

  /**
   * Stops the guest's virtual CPUs.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSuspend">virDomainSuspend</a>
   */
  int virDomainSuspend(DomainPointer domain);

  /**
   * Resumes the guest's virtual CPUs.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainResume">virDomainResume</a>
   */
  int virDomainResume(DomainPointer domain);

  /**
   * Removes the definition of a domain.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainUndefineFlags">virDomainUndefineFlags</a>
   */
  int virDomainUndefineFlags(DomainPointer domain, int flags);

  /**
   * Saves the guest's memory to a managed save image and stops the domain; the next start restores
   * that memory.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainManagedSave">virDomainManagedSave</a>
   */
  int virDomainManagedSave(DomainPointer domain, int flags);

  /**
   * Returns whether the domain has a managed save image.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainHasManagedSaveImage">virDomainHasManagedSaveImage</a>
   */
  int virDomainHasManagedSaveImage(DomainPointer domain, int flags);

  /**
   * Removes the managed save image.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainManagedSaveRemove">virDomainManagedSaveRemove</a>
   */
  int virDomainManagedSaveRemove(DomainPointer domain, int flags);

  /**
   * Reads the progress of the block job of a disk.
   *
   * @return 1, 0 if there is no job, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetBlockJobInfo">virDomainGetBlockJobInfo</a>
   */
  int virDomainGetBlockJobInfo(
      DomainPointer domain, String disk, virDomainBlockJobInfo info, int flags);

  /**
   * Reads the type and the progress of the job of an active domain.
   *
   * @return 0 or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetJobInfo">virDomainGetJobInfo</a>
   */
  int virDomainGetJobInfo(DomainPointer domain, virDomainJobInfo info);

  /**
   * Reads the size of a disk.
   *
   * @return 0 or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetBlockInfo">virDomainGetBlockInfo</a>
   */
  int virDomainGetBlockInfo(DomainPointer domain, String disk, virDomainBlockInfo info, int flags);

  /**
   * Reads the time of the guest through the guest agent, in seconds and nanoseconds since 1970 in
   * UTC.
   *
   * @param seconds an array of length 1 for the seconds
   * @param nseconds an array of length 1 for the nanoseconds
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetTime">virDomainGetTime</a>
   */
  int virDomainGetTime(DomainPointer domain, long[] seconds, int[] nseconds, int flags);

  /**
   * Lets the guest agent set the clock of the guest.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSetTime">virDomainSetTime</a>
   */
  int virDomainSetTime(DomainPointer domain, long seconds, int nseconds, int flags);

  /**
   * Sets how long libvirt waits for the guest agent.
   *
   * @param timeout the seconds; -2 for no limit, -1 for libvirt's default, 0 for no waiting
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainAgentSetResponseTimeout">virDomainAgentSetResponseTimeout</a>
   */
  int virDomainAgentSetResponseTimeout(DomainPointer domain, int timeout, int flags);

  /**
   * Lets the guest agent freeze file systems of the guest.
   *
   * @param mountpoints the mount points of the file systems; null for all
   * @return the number of file systems, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFSFreeze">virDomainFSFreeze</a>
   */
  int virDomainFSFreeze(
      DomainPointer domain, String @Nullable [] mountpoints, int nmountpoints, int flags);

  /**
   * Lets the guest agent thaw file systems of the guest.
   *
   * @param mountpoints null for all frozen file systems
   * @return the number of file systems, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFSThaw">virDomainFSThaw</a>
   */
  int virDomainFSThaw(
      DomainPointer domain, String @Nullable [] mountpoints, int nmountpoints, int flags);

  /**
   * Changes a device of a domain.
   *
   * @param xml the device as it shall be
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainUpdateDeviceFlags">virDomainUpdateDeviceFlags</a>
   */
  int virDomainUpdateDeviceFlags(DomainPointer domain, String xml, int flags);

  /**
   * Returns the network interfaces of a guest; the caller has to free each {@link
   * virDomainInterface} with {@link #virDomainInterfaceFree}.
   *
   * @param source the source of the addresses, a {@code virDomainInterfaceAddressesSource}
   * @return the number of interfaces, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainInterfaceAddresses">virDomainInterfaceAddresses</a>
   */
  int virDomainInterfaceAddresses(
      DomainPointer domain, PointerArrayByReference interfaces, int source, int flags);

  /**
   * Frees an interface with its addresses.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainInterfaceFree">virDomainInterfaceFree</a>
   */
  void virDomainInterfaceFree(@Nullable virDomainInterface found);

  /**
   * Reads the state, the memory and the virtual CPUs of a domain.
   *
   * @return 0 or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetInfo">virDomainGetInfo</a>
   */
  int virDomainGetInfo(DomainPointer domain, virDomainInfo info);

  /**
   * Reads statistics of several domains with one call.
   *
   * @param domains an array of {@link DomainPointer}, with a null pointer at the end
   * @param stats the statistics to read, as bits of {@code virDomainStatsTypes}
   * @param records the memory for a pointer to a list of {@link virDomainStatsRecord}; the caller
   *     has to free the list with {@link #virDomainStatsRecordListFree}
   * @param flags the flags, which also select domains
   * @return the number of records, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainListGetStats">virDomainListGetStats</a>
   */
  int virDomainListGetStats(Pointer domains, int stats, Pointer records, int flags);

  /**
   * Reads statistics of all domains with one call.
   *
   * @param stats the statistics to read, as bits of {@code virDomainStatsTypes}
   * @param records the memory for a pointer to a list of {@link virDomainStatsRecord}; the caller
   *     has to free the list with {@link #virDomainStatsRecordListFree}
   * @param flags the flags, which also select domains
   * @return the number of records, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetAllDomainStats">virConnectGetAllDomainStats</a>
   */
  int virConnectGetAllDomainStats(ConnectPointer connect, int stats, Pointer records, int flags);

  /**
   * Frees a list of records and the contents of the records.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainStatsRecordListFree">virDomainStatsRecordListFree</a>
   */
  void virDomainStatsRecordListFree(Pointer stats);

  /**
   * Reads the version of the library in this process as 1,000,000 * major + 1,000 * minor +
   * release.
   *
   * @param type null
   * @param typeVersion null
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virGetVersion">virGetVersion</a>
   */
  int virGetVersion(
      NativeLongByReference libraryVersion,
      @Nullable String type,
      @Nullable NativeLongByReference typeVersion);

  // libvirt-event.h

  /**
   * Registers libvirt's own event loop for this process, unless an event loop is registered
   * already.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-event.html#virEventRegisterDefaultImpl">virEventRegisterDefaultImpl</a>
   */
  int virEventRegisterDefaultImpl();

  /**
   * Adds a timer to the event loop.
   *
   * @param frequency the interval in milliseconds; -1 for never
   * @param callback a {@code virEventTimeoutCallback}
   * @param freeData a {@code virFreeCallback} for the data, or null
   * @return the number of the timer, or -1 if this process has no event loop
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-event.html#virEventAddTimeout">virEventAddTimeout</a>
   */
  int virEventAddTimeout(
      int frequency, Pointer callback, @Nullable Pointer data, @Nullable Pointer freeData);

  /**
   * Removes a timer from the event loop.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-event.html#virEventRemoveTimeout">virEventRemoveTimeout</a>
   */
  int virEventRemoveTimeout(int timer);

  // libvirt-network.h

  /**
   * Finds a virtual network, active or not.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkLookupByName">virNetworkLookupByName</a>
   */
  @Nullable NetworkPointer virNetworkLookupByName(ConnectPointer connection, String name);

  /**
   * Returns whether a virtual network is active.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkIsActive">virNetworkIsActive</a>
   */
  int virNetworkIsActive(NetworkPointer network);

  /**
   * Releases a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkFree">virNetworkFree</a>
   */
  int virNetworkFree(NetworkPointer network);

  // libvirt-storage.h

  /**
   * Finds a storage pool, active or not.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolLookupByName">virStoragePoolLookupByName</a>
   */
  @Nullable StoragePoolPointer virStoragePoolLookupByName(ConnectPointer connection, String name);

  /**
   * Finds an active storage pool by the path of its target, as in {@code /var/lib/libvirt/images}.
   * libvirt compares paths as texts, and does not resolve symbolic links.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolLookupByTargetPath">virStoragePoolLookupByTargetPath</a>
   */
  @Nullable StoragePoolPointer virStoragePoolLookupByTargetPath(
      ConnectPointer connection, String path);

  /**
   * Returns whether a storage pool is active.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolIsActive">virStoragePoolIsActive</a>
   */
  int virStoragePoolIsActive(StoragePoolPointer pool);

  /**
   * Creates and starts a transient storage pool.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolCreateXML">virStoragePoolCreateXML</a>
   */
  @Nullable StoragePoolPointer virStoragePoolCreateXML(
      ConnectPointer connection, String xml, int flags);

  /**
   * Stops a storage pool, and removes it if it is transient. The files in the pool do not change.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolDestroy">virStoragePoolDestroy</a>
   */
  int virStoragePoolDestroy(StoragePoolPointer pool);

  /**
   * Returns the XML description of a storage pool.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolGetXMLDesc">virStoragePoolGetXMLDesc</a>
   */
  @Nullable OwnedString virStoragePoolGetXMLDesc(StoragePoolPointer pool, int flags);

  /**
   * Releases a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolFree">virStoragePoolFree</a>
   */
  int virStoragePoolFree(StoragePoolPointer pool);

  /**
   * Finds a volume of an active pool.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolLookupByName">virStorageVolLookupByName</a>
   */
  @Nullable StorageVolPointer virStorageVolLookupByName(StoragePoolPointer pool, String name);

  /**
   * Finds a volume of an active pool by the path of its file or device. libvirt compares paths as
   * texts, and does not resolve symbolic links.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolLookupByPath">virStorageVolLookupByPath</a>
   */
  @Nullable StorageVolPointer virStorageVolLookupByPath(ConnectPointer connection, String path);

  /**
   * Returns the path of the file or device of a volume.
   *
   * @return the path, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolGetPath">virStorageVolGetPath</a>
   */
  @Nullable OwnedString virStorageVolGetPath(StorageVolPointer volume);

  /**
   * Returns the XML description of a volume.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolGetXMLDesc">virStorageVolGetXMLDesc</a>
   */
  @Nullable OwnedString virStorageVolGetXMLDesc(StorageVolPointer volume, int flags);

  /**
   * Starts to send the bytes of a volume through a stream.
   *
   * @param stream the stream, which {@link #virStreamRecv} reads
   * @param length the number of bytes; 0 for all bytes up to the end of the volume
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolDownload">virStorageVolDownload</a>
   */
  int virStorageVolDownload(
      StorageVolPointer volume, StreamPointer stream, long offset, long length, int flags);

  /**
   * Releases a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolFree">virStorageVolFree</a>
   */
  int virStorageVolFree(StorageVolPointer volume);

  // libvirt-stream.h

  /**
   * Creates a stream, which is not connected to anything yet.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-stream.html#virStreamNew">virStreamNew</a>
   */
  @Nullable StreamPointer virStreamNew(ConnectPointer connection, int flags);

  /**
   * Reads bytes from a stream.
   *
   * @param data the buffer for the bytes
   * @param length the length of the buffer, 1 or more
   * @return the number of bytes, 0 at the end of the stream, or a negative number
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-stream.html#virStreamRecv">virStreamRecv</a>
   */
  int virStreamRecv(StreamPointer stream, byte[] data, SizeT length);

  /**
   * Ends a stream from which all bytes were read, and returns the errors of the host that were not
   * returned yet.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-stream.html#virStreamFinish">virStreamFinish</a>
   */
  int virStreamFinish(StreamPointer stream);

  /**
   * Ends a stream before all bytes were read.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-stream.html#virStreamAbort">virStreamAbort</a>
   */
  int virStreamAbort(StreamPointer stream);

  /**
   * Releases a reference. A stream that was connected has to be finished or aborted first.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-stream.html#virStreamFree">virStreamFree</a>
   */
  int virStreamFree(StreamPointer stream);

  // libvirt-nodedev.h

  /**
   * Finds a device of the host.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceLookupByName">virNodeDeviceLookupByName</a>
   */
  @Nullable NodeDevicePointer virNodeDeviceLookupByName(ConnectPointer connection, String name);

  /**
   * Returns the XML description of a device of the host.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceGetXMLDesc">virNodeDeviceGetXMLDesc</a>
   */
  @Nullable OwnedString virNodeDeviceGetXMLDesc(NodeDevicePointer device, int flags);

  /**
   * Releases a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceFree">virNodeDeviceFree</a>
   */
  int virNodeDeviceFree(NodeDevicePointer device);

  // libvirt-domain-checkpoint.h

  /**
   * Returns the checkpoints of a domain; each is a new reference.
   *
   * @param checkpoints the output argument for the array, which the caller has to free
   * @return the number of checkpoints, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-checkpoint.html#virDomainListAllCheckpoints">virDomainListAllCheckpoints</a>
   */
  int virDomainListAllCheckpoints(
      DomainPointer domain, @Nullable PointerArrayByReference checkpoints, int flags);

  /**
   * Returns the XML description of a checkpoint.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-checkpoint.html#virDomainCheckpointGetXMLDesc">virDomainCheckpointGetXMLDesc</a>
   */
  @Nullable OwnedString virDomainCheckpointGetXMLDesc(
      DomainCheckpointPointer checkpoint, int flags);

  /**
   * Releases a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-checkpoint.html#virDomainCheckpointFree">virDomainCheckpointFree</a>
   */
  int virDomainCheckpointFree(DomainCheckpointPointer checkpoint);

  // libvirt-domain-snapshot.h

  /**
   * Returns the domain of a snapshot, without a new reference.
   *
   * @return the domain, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetDomain">virDomainSnapshotGetDomain</a>
   */
  @Nullable DomainPointer virDomainSnapshotGetDomain(DomainSnapshotPointer snapshot);

  /**
   * Returns the connection of a snapshot, without a new reference.
   *
   * @return the connection, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetConnect">virDomainSnapshotGetConnect</a>
   */
  @Nullable ConnectPointer virDomainSnapshotGetConnect(DomainSnapshotPointer snapshot);

  /**
   * Returns the name of a snapshot.
   *
   * @return the name, in libvirt's memory, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetName">virDomainSnapshotGetName</a>
   */
  @Nullable String virDomainSnapshotGetName(DomainSnapshotPointer snapshot);

  /**
   * Takes a snapshot.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotCreateXML">virDomainSnapshotCreateXML</a>
   */
  @Nullable DomainSnapshotPointer virDomainSnapshotCreateXML(
      DomainPointer domain, String xml, int flags);

  /**
   * Returns the XML description of a snapshot.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetXMLDesc">virDomainSnapshotGetXMLDesc</a>
   */
  @Nullable OwnedString virDomainSnapshotGetXMLDesc(DomainSnapshotPointer snapshot, int flags);

  /**
   * Returns the number of snapshots of a domain.
   *
   * @return the number, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotNum">virDomainSnapshotNum</a>
   */
  int virDomainSnapshotNum(DomainPointer domain, int flags);

  /**
   * Returns the names of snapshots, up to the length of the array; the caller has to free each
   * name. {@link #virDomainListAllSnapshots} has no such limit: use that.
   *
   * @return the number of names, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotListNames">virDomainSnapshotListNames</a>
   */
  int virDomainSnapshotListNames(DomainPointer domain, Pointer[] names, int length, int flags);

  /**
   * Returns the snapshots of a domain at one moment; each is a new reference.
   *
   * @return the number of snapshots, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainListAllSnapshots">virDomainListAllSnapshots</a>
   */
  int virDomainListAllSnapshots(
      DomainPointer domain, @Nullable PointerArrayByReference snapshots, int flags);

  /**
   * Returns the number of children of a snapshot.
   *
   * @return the number, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotNumChildren">virDomainSnapshotNumChildren</a>
   */
  int virDomainSnapshotNumChildren(DomainSnapshotPointer snapshot, int flags);

  /**
   * Returns the names of children, up to the length of the array; the caller has to free each name.
   * {@link #virDomainSnapshotListAllChildren} has no such limit: use that.
   *
   * @return the number of names, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotListChildrenNames">virDomainSnapshotListChildrenNames</a>
   */
  int virDomainSnapshotListChildrenNames(
      DomainSnapshotPointer snapshot, Pointer[] names, int length, int flags);

  /**
   * Returns the children of a snapshot at one moment; each is a new reference.
   *
   * @return the number of children, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotListAllChildren">virDomainSnapshotListAllChildren</a>
   */
  int virDomainSnapshotListAllChildren(
      DomainSnapshotPointer snapshot, @Nullable PointerArrayByReference snapshots, int flags);

  /**
   * Finds a snapshot.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotLookupByName">virDomainSnapshotLookupByName</a>
   */
  @Nullable DomainSnapshotPointer virDomainSnapshotLookupByName(
      DomainPointer domain, String name, int flags);

  /**
   * Returns whether a domain has a current snapshot.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainHasCurrentSnapshot">virDomainHasCurrentSnapshot</a>
   */
  int virDomainHasCurrentSnapshot(DomainPointer domain, int flags);

  /**
   * Finds the current snapshot.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotCurrent">virDomainSnapshotCurrent</a>
   */
  @Nullable DomainSnapshotPointer virDomainSnapshotCurrent(DomainPointer domain, int flags);

  /**
   * Finds the parent of a snapshot: the snapshot that was current when it was taken.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetParent">virDomainSnapshotGetParent</a>
   */
  @Nullable DomainSnapshotPointer virDomainSnapshotGetParent(
      DomainSnapshotPointer snapshot, int flags);

  /**
   * Returns whether a snapshot is the current one.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotIsCurrent">virDomainSnapshotIsCurrent</a>
   */
  int virDomainSnapshotIsCurrent(DomainSnapshotPointer snapshot, int flags);

  /**
   * Returns whether libvirt stores metadata of a snapshot.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotHasMetadata">virDomainSnapshotHasMetadata</a>
   */
  int virDomainSnapshotHasMetadata(DomainSnapshotPointer snapshot, int flags);

  /**
   * Reverts the domain to a snapshot.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainRevertToSnapshot">virDomainRevertToSnapshot</a>
   */
  int virDomainRevertToSnapshot(DomainSnapshotPointer snapshot, int flags);

  /**
   * Deletes a snapshot.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotDelete">virDomainSnapshotDelete</a>
   */
  int virDomainSnapshotDelete(DomainSnapshotPointer snapshot, int flags);

  /**
   * Adds a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotRef">virDomainSnapshotRef</a>
   */
  int virDomainSnapshotRef(DomainSnapshotPointer snapshot);

  /**
   * Releases a reference; the snapshot itself does not change.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotFree">virDomainSnapshotFree</a>
   */
  int virDomainSnapshotFree(DomainSnapshotPointer snapshot);

  // virterror.h

  /**
   * Returns the error of the last call on this OS thread.
   *
   * @return libvirt's structure, valid until the next call on this thread, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-virterror.html#virGetLastError">virGetLastError</a>
   */
  @Nullable virError virGetLastError();

  /**
   * Sets the function that libvirt calls with each error, instead of printing the error to the
   * standard error stream. It applies to the whole process.
   *
   * @param handler the function, a {@code virErrorFunc}; its arguments are {@code userData} and the
   *     error
   * @see <a
   *     href="https://libvirt.org/html/libvirt-virterror.html#virSetErrorFunc">virSetErrorFunc</a>
   */
  void virSetErrorFunc(@Nullable Pointer userData, @Nullable Pointer handler);
}
