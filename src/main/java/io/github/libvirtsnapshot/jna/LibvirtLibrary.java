package io.github.libvirtsnapshot.jna;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;

/**
 * libvirt's functions under their own names: all of libvirt-domain-snapshot.h, and of the other
 * headers what the handles need. {@link io.github.libvirtsnapshot.Libvirt#library()} gives the real
 * one; a mock of this interface needs no libvirt.
 *
 * <p>Results are libvirt's: -1 or null stands for failure, and {@link #virGetLastError} on the same
 * OS thread says why. Texts are UTF-8. A {@link String} result is libvirt's memory, an {@link
 * OwnedString} was the caller's and is freed already. Pointers that are called a new reference are
 * to be given back once.
 */
public interface LibvirtLibrary extends Library {
  /** How libvirt encodes text. */
  String ENCODING = "UTF-8";

  /** {@code virConnectAuthCallbackPtr}: answers the questions of a connection. */
  interface VirConnectAuthCallback extends Callback {
    /**
     * Called on the thread that opens the connection.
     *
     * @param credentials an array of {@link virConnectCredential}
     * @return 0, or -1 to give up
     */
    int callback(Pointer credentials, int count, Pointer data);
  }

  // libvirt-host.h

  /**
   * Opens a connection; null stands for the default one.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectOpen">virConnectOpen</a>
   */
  ConnectPointer virConnectOpen(String uri);

  /**
   * Opens a connection that may change nothing.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectOpenReadOnly">virConnectOpenReadOnly</a>
   */
  ConnectPointer virConnectOpenReadOnly(String uri);

  /**
   * Opens a connection that may ask for credentials meanwhile.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectOpenAuth">virConnectOpenAuth</a>
   */
  ConnectPointer virConnectOpenAuth(String uri, virConnectAuth auth, int flags);

  /**
   * Adds a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectRef">virConnectRef</a>
   */
  int virConnectRef(ConnectPointer connection);

  /**
   * Gives a reference back; the last one closes the connection.
   *
   * @return the references left, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectClose">virConnectClose</a>
   */
  int virConnectClose(ConnectPointer connection);

  /**
   * Names where a connection leads to.
   *
   * @return the URI, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectGetURI">virConnectGetURI</a>
   */
  OwnedString virConnectGetURI(ConnectPointer connection);

  /**
   * Asks whether the connection still stands.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectIsAlive">virConnectIsAlive</a>
   */
  int virConnectIsAlive(ConnectPointer connection);

  /**
   * Lets libvirt ask the other side whether it is still there.
   *
   * @param interval after how many seconds of silence; none if not positive
   * @param count how often without an answer before the connection is closed
   * @return 0, 1 if the other side can't answer, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectSetKeepAlive">virConnectSetKeepAlive</a>
   */
  int virConnectSetKeepAlive(ConnectPointer connection, int interval, int count);

  /**
   * Says what is called when the connection ends. Until that is taken back, it has a reference of
   * the connection.
   *
   * @param callback from {@link CloseFunction#of}; has to be reachable until it is taken back
   * @param data what it gets, or null
   * @param freeData a {@code virFreeCallback} for the data, or null
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectRegisterCloseCallback">virConnectRegisterCloseCallback</a>
   */
  int virConnectRegisterCloseCallback(
      ConnectPointer connection, Callback callback, Pointer data, Pointer freeData);

  /**
   * Takes back what is called when the connection ends; it is not being called any more when this
   * returns.
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
   * Reads libvirt's version at the other end of the connection, in the same form.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectGetLibVersion">virConnectGetLibVersion</a>
   */
  int virConnectGetLibVersion(ConnectPointer connection, NativeLongByReference version);

  /**
   * Names the driver behind a connection.
   *
   * @return the name, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectGetType">virConnectGetType</a>
   */
  String virConnectGetType(ConnectPointer connection);

  /**
   * Compares a CPU with the one that an emulator on the host can give a guest.
   *
   * @return a virCPUCompareResult, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectCompareHypervisorCPU">virConnectCompareHypervisorCPU</a>
   */
  int virConnectCompareHypervisorCPU(
      ConnectPointer connection,
      String emulator,
      String arch,
      String machine,
      String virtType,
      String xmlCpu,
      int flags);

  // libvirt-domain.h

  /**
   * Describes what an emulator on the host can do.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetDomainCapabilities">virConnectGetDomainCapabilities</a>
   */
  OwnedString virConnectGetDomainCapabilities(
      ConnectPointer connection,
      String emulator,
      String arch,
      String machine,
      String virtType,
      int flags);

  /**
   * Lists domains at one moment; each one is a new reference.
   *
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectListAllDomains">virConnectListAllDomains</a>
   */
  int virConnectListAllDomains(
      ConnectPointer connection, PointerArrayByReference domains, int flags);

  /**
   * Finds a domain.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainLookupByName">virDomainLookupByName</a>
   */
  DomainPointer virDomainLookupByName(ConnectPointer connection, String name);

  /**
   * Finds a domain.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainLookupByUUIDString">virDomainLookupByUUIDString</a>
   */
  DomainPointer virDomainLookupByUUIDString(ConnectPointer connection, String uuid);

  /**
   * Finds an active domain.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainLookupByID">virDomainLookupByID</a>
   */
  DomainPointer virDomainLookupByID(ConnectPointer connection, int id);

  /**
   * Defines a persistent domain, or changes its definition.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainDefineXMLFlags">virDomainDefineXMLFlags</a>
   */
  DomainPointer virDomainDefineXMLFlags(ConnectPointer connection, String xml, int flags);

  /**
   * Starts a domain, transient unless it is defined already.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainCreateXML">virDomainCreateXML</a>
   */
  DomainPointer virDomainCreateXML(ConnectPointer connection, String xml, int flags);

  /**
   * Adds a reference.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainRef">virDomainRef</a>
   */
  int virDomainRef(DomainPointer domain);

  /**
   * Gives a reference back; the domain itself goes on.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFree">virDomainFree</a>
   */
  int virDomainFree(DomainPointer domain);

  /**
   * Names the connection of a domain, without a new reference.
   *
   * @return the connection, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetConnect">virDomainGetConnect</a>
   */
  ConnectPointer virDomainGetConnect(DomainPointer domain);

  /**
   * Names a domain.
   *
   * @return libvirt's own text, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetName">virDomainGetName</a>
   */
  String virDomainGetName(DomainPointer domain);

  /**
   * Writes the UUID as text with a NUL behind it.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetUUIDString">virDomainGetUUIDString</a>
   */
  int virDomainGetUUIDString(DomainPointer domain, byte[] buffer);

  /**
   * Reads the number of an active domain.
   *
   * @return the number, or -1, for an inactive domain too
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetID">virDomainGetID</a>
   */
  int virDomainGetID(DomainPointer domain);

  /**
   * Describes a domain.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetXMLDesc">virDomainGetXMLDesc</a>
   */
  OwnedString virDomainGetXMLDesc(DomainPointer domain, int flags);

  /**
   * Reads the state and the reason for it, each into an array of one.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetState">virDomainGetState</a>
   */
  int virDomainGetState(DomainPointer domain, int[] state, int[] reason, int flags);

  /**
   * Asks whether a domain is running or paused.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainIsActive">virDomainIsActive</a>
   */
  int virDomainIsActive(DomainPointer domain);

  /**
   * Asks whether a definition of the domain is kept.
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
   * Stops a domain at once.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainDestroy">virDomainDestroy</a>
   */
  int virDomainDestroy(DomainPointer domain);

  /**
   * Asks the guest to shut down; does not wait for it.
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
   * Lets the guest's virtual CPUs run on.
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
   * Saves the guest's memory and stops it; its next start goes on from there.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainManagedSave">virDomainManagedSave</a>
   */
  int virDomainManagedSave(DomainPointer domain, int flags);

  /**
   * Asks for a managed save image.
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
   * Reads how far the block job of a disk got.
   *
   * @return 1, 0 if there is none, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetBlockJobInfo">virDomainGetBlockJobInfo</a>
   */
  int virDomainGetBlockJobInfo(
      DomainPointer domain, String disk, virDomainBlockJobInfo info, int flags);

  /**
   * Reads how far the job of an active domain got.
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
   * Asks the guest agent for the time of the guest, in seconds and nanoseconds since 1970 in UTC.
   *
   * @param seconds gets one
   * @param nseconds gets one
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
   * Says how long libvirt waits for the guest agent, in seconds, or as -2 without an end, as -1 as
   * long as libvirt finds right, as 0 not at all.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainAgentSetResponseTimeout">virDomainAgentSetResponseTimeout</a>
   */
  int virDomainAgentSetResponseTimeout(DomainPointer domain, int timeout, int flags);

  /**
   * Lets the guest agent freeze file systems of the guest.
   *
   * @param mountpoints which; null for all
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFSFreeze">virDomainFSFreeze</a>
   */
  int virDomainFSFreeze(DomainPointer domain, String[] mountpoints, int nmountpoints, int flags);

  /**
   * Lets the guest agent thaw file systems of the guest.
   *
   * @param mountpoints null, for all that are frozen
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainFSThaw">virDomainFSThaw</a>
   */
  int virDomainFSThaw(DomainPointer domain, String[] mountpoints, int nmountpoints, int flags);

  /**
   * Reads the state of a domain, and what it has of the host.
   *
   * @return 0 or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetInfo">virDomainGetInfo</a>
   */
  int virDomainGetInfo(DomainPointer domain, virDomainInfo info);

  /**
   * Reads much of several domains at once.
   *
   * @param domains an array of {@link DomainPointer}, with a null pointer at the end
   * @param stats what to tell, as {@code virDomainStatsTypes} numbers it
   * @param records where a pointer is to be put, to a list of {@link virDomainStatsRecord} that has
   *     to be freed with {@link #virDomainStatsRecordListFree}
   * @param flags also which domains to leave out
   * @return how many records there are, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainListGetStats">virDomainListGetStats</a>
   */
  int virDomainListGetStats(Pointer domains, int stats, Pointer records, int flags);

  /**
   * Reads much of all domains at once.
   *
   * @param stats what to tell, as {@code virDomainStatsTypes} numbers it
   * @param records where a pointer is to be put, to a list of {@link virDomainStatsRecord} that has
   *     to be freed with {@link #virDomainStatsRecordListFree}
   * @param flags also which domains to leave out
   * @return how many records there are, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetAllDomainStats">virConnectGetAllDomainStats</a>
   */
  int virConnectGetAllDomainStats(ConnectPointer connect, int stats, Pointer records, int flags);

  /**
   * Frees a list of records, and what is in them.
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
      NativeLongByReference libraryVersion, String type, NativeLongByReference typeVersion);

  // libvirt-event.h

  /**
   * Makes libvirt's own event loop the one of this process, unless there is one.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-event.html#virEventRegisterDefaultImpl">virEventRegisterDefaultImpl</a>
   */
  int virEventRegisterDefaultImpl();

  /**
   * Adds a timer to the event loop.
   *
   * @param frequency in milliseconds; -1 for never
   * @param callback a {@code virEventTimeoutCallback}
   * @param freeData a {@code virFreeCallback} for the data, or null
   * @return its number, or -1 if this process has no event loop
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-event.html#virEventAddTimeout">virEventAddTimeout</a>
   */
  int virEventAddTimeout(int frequency, Pointer callback, Pointer data, Pointer freeData);

  /**
   * Removes a timer.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-event.html#virEventRemoveTimeout">virEventRemoveTimeout</a>
   */
  int virEventRemoveTimeout(int timer);

  // libvirt-common.h

  // libvirt-network.h

  /**
   * Finds a virtual network, active or not.
   *
   * @return the reference, which the caller gives back, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkLookupByName">virNetworkLookupByName</a>
   */
  NetworkPointer virNetworkLookupByName(ConnectPointer connection, String name);

  /**
   * Asks whether a virtual network is active.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkIsActive">virNetworkIsActive</a>
   */
  int virNetworkIsActive(NetworkPointer network);

  /**
   * Gives a reference back.
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
   * @return the reference, which the caller gives back, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolLookupByName">virStoragePoolLookupByName</a>
   */
  StoragePoolPointer virStoragePoolLookupByName(ConnectPointer connection, String name);

  /**
   * Asks whether a storage pool is active.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolIsActive">virStoragePoolIsActive</a>
   */
  int virStoragePoolIsActive(StoragePoolPointer pool);

  /**
   * Gives a reference back.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStoragePoolFree">virStoragePoolFree</a>
   */
  int virStoragePoolFree(StoragePoolPointer pool);

  /**
   * Finds a volume of an active pool.
   *
   * @return the reference, which the caller gives back, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolLookupByName">virStorageVolLookupByName</a>
   */
  StorageVolPointer virStorageVolLookupByName(StoragePoolPointer pool, String name);

  /**
   * Names the file or device of a volume.
   *
   * @return the path, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolGetPath">virStorageVolGetPath</a>
   */
  OwnedString virStorageVolGetPath(StorageVolPointer volume);

  /**
   * Gives a reference back.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-storage.html#virStorageVolFree">virStorageVolFree</a>
   */
  int virStorageVolFree(StorageVolPointer volume);

  // libvirt-nodedev.h

  /**
   * Finds a device of the host.
   *
   * @return the reference, which the caller gives back, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceLookupByName">virNodeDeviceLookupByName</a>
   */
  NodeDevicePointer virNodeDeviceLookupByName(ConnectPointer connection, String name);

  /**
   * Describes a device of the host.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceGetXMLDesc">virNodeDeviceGetXMLDesc</a>
   */
  OwnedString virNodeDeviceGetXMLDesc(NodeDevicePointer device, int flags);

  /**
   * Gives a reference back.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceFree">virNodeDeviceFree</a>
   */
  int virNodeDeviceFree(NodeDevicePointer device);

  // libvirt-domain-checkpoint.h

  /**
   * Lists the checkpoints of a domain.
   *
   * @param checkpoints gets an array that the caller frees, as it frees each checkpoint
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-checkpoint.html#virDomainListAllCheckpoints">virDomainListAllCheckpoints</a>
   */
  int virDomainListAllCheckpoints(
      DomainPointer domain, PointerArrayByReference checkpoints, int flags);

  /**
   * Describes a checkpoint.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-checkpoint.html#virDomainCheckpointGetXMLDesc">virDomainCheckpointGetXMLDesc</a>
   */
  OwnedString virDomainCheckpointGetXMLDesc(DomainCheckpointPointer checkpoint, int flags);

  /**
   * Gives a reference back.
   *
   * @return 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-checkpoint.html#virDomainCheckpointFree">virDomainCheckpointFree</a>
   */
  int virDomainCheckpointFree(DomainCheckpointPointer checkpoint);

  // libvirt-domain-snapshot.h

  /**
   * Names the domain of a snapshot, without a new reference.
   *
   * @return the domain, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetDomain">virDomainSnapshotGetDomain</a>
   */
  DomainPointer virDomainSnapshotGetDomain(DomainSnapshotPointer snapshot);

  /**
   * Names the connection of a snapshot, without a new reference.
   *
   * @return the connection, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetConnect">virDomainSnapshotGetConnect</a>
   */
  ConnectPointer virDomainSnapshotGetConnect(DomainSnapshotPointer snapshot);

  /**
   * Names a snapshot.
   *
   * @return libvirt's own text, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetName">virDomainSnapshotGetName</a>
   */
  String virDomainSnapshotGetName(DomainSnapshotPointer snapshot);

  /**
   * Takes a snapshot.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotCreateXML">virDomainSnapshotCreateXML</a>
   */
  DomainSnapshotPointer virDomainSnapshotCreateXML(DomainPointer domain, String xml, int flags);

  /**
   * Describes a snapshot.
   *
   * @return the XML, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetXMLDesc">virDomainSnapshotGetXMLDesc</a>
   */
  OwnedString virDomainSnapshotGetXMLDesc(DomainSnapshotPointer snapshot, int flags);

  /**
   * Counts the snapshots of a domain.
   *
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotNum">virDomainSnapshotNum</a>
   */
  int virDomainSnapshotNum(DomainPointer domain, int flags);

  /**
   * Lists up to as many names as there is room for; each is the caller's to free. Prefer {@link
   * #virDomainListAllSnapshots}, which has no such limit.
   *
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotListNames">virDomainSnapshotListNames</a>
   */
  int virDomainSnapshotListNames(DomainPointer domain, Pointer[] names, int length, int flags);

  /**
   * Lists the snapshots of a domain at one moment; each one is a new reference.
   *
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainListAllSnapshots">virDomainListAllSnapshots</a>
   */
  int virDomainListAllSnapshots(DomainPointer domain, PointerArrayByReference snapshots, int flags);

  /**
   * Counts the children of a snapshot.
   *
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotNumChildren">virDomainSnapshotNumChildren</a>
   */
  int virDomainSnapshotNumChildren(DomainSnapshotPointer snapshot, int flags);

  /**
   * Lists up to as many names as there is room for; each is the caller's to free. Prefer {@link
   * #virDomainSnapshotListAllChildren}, which has no such limit.
   *
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotListChildrenNames">virDomainSnapshotListChildrenNames</a>
   */
  int virDomainSnapshotListChildrenNames(
      DomainSnapshotPointer snapshot, Pointer[] names, int length, int flags);

  /**
   * Lists the children of a snapshot at one moment; each one is a new reference.
   *
   * @return how many, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotListAllChildren">virDomainSnapshotListAllChildren</a>
   */
  int virDomainSnapshotListAllChildren(
      DomainSnapshotPointer snapshot, PointerArrayByReference snapshots, int flags);

  /**
   * Finds a snapshot.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotLookupByName">virDomainSnapshotLookupByName</a>
   */
  DomainSnapshotPointer virDomainSnapshotLookupByName(DomainPointer domain, String name, int flags);

  /**
   * Asks for a current snapshot.
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
  DomainSnapshotPointer virDomainSnapshotCurrent(DomainPointer domain, int flags);

  /**
   * Finds the snapshot that another one was taken on top of.
   *
   * @return a new reference, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotGetParent">virDomainSnapshotGetParent</a>
   */
  DomainSnapshotPointer virDomainSnapshotGetParent(DomainSnapshotPointer snapshot, int flags);

  /**
   * Asks whether a snapshot is the current one.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotIsCurrent">virDomainSnapshotIsCurrent</a>
   */
  int virDomainSnapshotIsCurrent(DomainSnapshotPointer snapshot, int flags);

  /**
   * Asks whether libvirt keeps metadata of its own for a snapshot.
   *
   * @return 1, 0, or -1
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotHasMetadata">virDomainSnapshotHasMetadata</a>
   */
  int virDomainSnapshotHasMetadata(DomainSnapshotPointer snapshot, int flags);

  /**
   * Takes the domain back to a snapshot.
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
   * Gives a reference back; the snapshot itself stays.
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
   * @return libvirt's own structure, valid until the next call on this thread, or null
   * @see <a
   *     href="https://libvirt.org/html/libvirt-virterror.html#virGetLastError">virGetLastError</a>
   */
  virError virGetLastError();

  /**
   * Says what is called with each error, in place of printing it to the standard error stream; for
   * the whole process.
   *
   * @param handler a {@code virErrorFunc}, which gets {@code userData} and the error
   * @see <a
   *     href="https://libvirt.org/html/libvirt-virterror.html#virSetErrorFunc">virSetErrorFunc</a>
   */
  void virSetErrorFunc(Pointer userData, Pointer handler);
}
