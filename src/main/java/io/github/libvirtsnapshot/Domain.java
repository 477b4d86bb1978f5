package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.calls.DomainIdentity;
import io.github.libvirtsnapshot.calls.DomainStats;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.flags.DeviceModifyFlag;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.flags.ManagedSaveFlag;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeConstants;
import io.github.libvirtsnapshot.jna.virDomainInfo;
import io.github.libvirtsnapshot.jna.virDomainInterface;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A domain, which is libvirt's term for a virtual machine. The object owns one native reference to
 * the domain; closing the handle does not affect the virtual machine.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-domain.html">libvirt-domain</a>
 */
public final class Domain extends Handle<DomainPointer> {
  private static final int NO_FLAGS = 0;

  private final DomainIdentity identity;

  private Domain(LibvirtCalls calls, DomainPointer pointer, DomainIdentity identity) {
    super(
        calls,
        pointer,
        LibvirtLibrary::virDomainFree,
        "domain " + LogEscaper.quote(identity.name()),
        Optional.of(identity));
    this.identity = identity;
  }

  /** Takes ownership of the pointer's reference, also if it throws. */
  static Domain adopt(LibvirtCalls calls, DomainPointer pointer) throws LibvirtException {
    return Cleanup.afterFailure(
        () -> new Domain(calls, pointer, DomainIdentity.of(calls, pointer)),
        failure -> calls.release(LibvirtLibrary::virDomainFree, pointer));
  }

  /**
   * Creates a handle for a domain that another binding has found. The handle adds its own native
   * reference, so either side may close first.
   *
   * @param pointer a {@code virDomainPtr} that stays valid until this method returns; any other
   *     pointer crashes the JVM
   * @see LibvirtLibrary#virDomainRef
   */
  public static Domain fromNative(Pointer pointer) throws LibvirtException {
    DomainPointer shared = new DomainPointer(checkNotNull(pointer, "pointer is null"));
    LibvirtCalls calls =
        LibvirtCalls.through(Libvirt.library(), library -> library.virDomainGetConnect(shared));
    return adopt(calls, calls.addReference(LibvirtLibrary::virDomainRef, shared));
  }

  /**
   * Returns a pointer for another binding.
   *
   * @return a {@code virDomainPtr} with a new native reference, which the caller has to release
   *     with virDomainFree
   * @see LibvirtLibrary#virDomainRef
   */
  public Pointer toNative() throws LibvirtException {
    return share(LibvirtLibrary::virDomainRef);
  }

  /**
   * Returns a second handle for the same domain, with its own native reference: either may be
   * closed first. This method does not call the host.
   *
   * @see LibvirtLibrary#virDomainRef
   */
  public Domain duplicate() throws LibvirtException {
    return new Domain(calls, addReference(LibvirtLibrary::virDomainRef), identity);
  }

  /**
   * Returns a new handle for the connection that this domain was found on.
   *
   * @see LibvirtLibrary#virConnectRef
   */
  public Connect getConnect() throws LibvirtException {
    return Connect.adopt(
        calls,
        use(domain -> calls.addReference(LibvirtLibrary::virConnectRef, calls.connection())));
  }

  /**
   * Returns the name that the domain had when it was looked up.
   *
   * @see LibvirtLibrary#virDomainGetName
   */
  public String getName() {
    checkOpen();
    return identity.name();
  }

  /**
   * Returns the UUID of the domain as 36 characters.
   *
   * @see LibvirtLibrary#virDomainGetUUIDString
   */
  public String getUUIDString() {
    checkOpen();
    return identity.uuid();
  }

  /**
   * Returns the number that the hypervisor gave the active domain, or -1 for an inactive domain.
   * This method does not call the host: it returns the number that libvirt last received with this
   * handle.
   *
   * @see LibvirtLibrary#virDomainGetID
   */
  public int getID() throws LibvirtException {
    return local(LibvirtLibrary::virDomainGetID);
  }

  /**
   * Reads the number of the active domain from the host. Each start gives the domain a new number,
   * so the same number means the same process.
   *
   * @return empty for an inactive domain
   * @throws NoSuchDomainException if the domain no longer exists
   * @see LibvirtLibrary#virDomainLookupByUUIDString
   */
  OptionalInt lookupID() throws LibvirtException {
    DomainPointer found =
        nonNull(
            (library, domain) ->
                library.virDomainLookupByUUIDString(calls.connection(), identity.uuid()));
    try {
      return id(calls.library().virDomainGetID(found));
    } finally {
      calls.release(LibvirtLibrary::virDomainFree, found);
    }
  }

  /**
   * Returns the XML definition of the domain.
   *
   * @see LibvirtLibrary#virDomainGetXMLDesc
   */
  public String getXMLDesc(DomainXmlFlag... flags) throws LibvirtException {
    return getXMLDesc(NativeConstants.bits(flags));
  }

  /**
   * Returns the network interfaces of the guest with their addresses. An address that is not an IP
   * address is left out. The addresses of the agent are those that the guest claims to have.
   *
   * @return an immutable list
   * @throws AgentUnresponsiveException if the source is the agent, and the agent does not respond
   * @throws LibvirtException also if the domain is not running, or does not support the source
   * @see LibvirtLibrary#virDomainInterfaceAddresses
   */
  public List<DomainInterface> interfaceAddresses(InterfaceAddressSource source)
      throws LibvirtException {
    return interfaces(checkNotNull(source, "source is null").value(), NO_FLAGS);
  }

  private List<DomainInterface> interfaces(int source, int flags) throws LibvirtException {
    return readUnwatched(
        (library, domain, array) ->
            library.virDomainInterfaceAddresses(domain, array, source, flags),
        virDomainInterface::new,
        DomainInterface::new,
        Domain::free);
  }

  private static int free(LibvirtLibrary library, virDomainInterface found) {
    library.virDomainInterfaceFree(found);
    return 0;
  }

  /**
   * Changes a device of the domain, as far as libvirt can change this device.
   *
   * @param xml the device as it shall be, with everything that does not change
   * @see LibvirtLibrary#virDomainUpdateDeviceFlags
   * @see <a href="https://libvirt.org/formatdomain.html#devices">Domain XML format: devices</a>
   */
  public void updateDeviceFlags(String xml, DeviceModifyFlag... flags) throws LibvirtException {
    int unused = updateDeviceFlags(xml, NativeConstants.bits(flags));
  }

  /**
   * Returns the state of the domain and the reason for it.
   *
   * @see LibvirtLibrary#virDomainGetState
   */
  public StateAndReason getState() throws LibvirtException {
    int[] state = new int[1];
    int[] reason = new int[1];
    nonNegative((library, domain) -> library.virDomainGetState(domain, state, reason, NO_FLAGS));
    return StateAndReason.of(state[0], reason[0]);
  }

  /**
   * Reads most of the status of a persistent domain with one call; empty if that is not possible.
   */
  Optional<DomainStats> statsIfPersistent() throws LibvirtException {
    return nonNull(DomainStats::ofPersistent);
  }

  /** Converts libvirt's number of a domain, which is -1 for an inactive domain. */
  static OptionalInt id(int number) {
    return number < 0 ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /**
   * Returns whether the domain is active: running or paused.
   *
   * @see LibvirtLibrary#virDomainIsActive
   */
  public boolean isActive() throws LibvirtException {
    return yesOrNo(LibvirtLibrary::virDomainIsActive);
  }

  /**
   * Returns whether the domain is persistent: libvirt stores its definition. A domain without a
   * stored definition is transient; it no longer exists after it has stopped.
   *
   * @see LibvirtLibrary#virDomainIsPersistent
   */
  public boolean isPersistent() throws LibvirtException {
    return yesOrNo(LibvirtLibrary::virDomainIsPersistent);
  }

  /**
   * Starts the domain, from its managed save image if it has one.
   *
   * @see LibvirtLibrary#virDomainCreateWithFlags
   */
  public void create(DomainCreateFlag... flags) throws LibvirtException {
    int unused = create(NativeConstants.bits(flags));
  }

  /**
   * Stops the domain immediately, like a power failure. A transient domain no longer exists
   * afterwards.
   *
   * @see LibvirtLibrary#virDomainDestroy
   */
  public void destroy() throws LibvirtException {
    operation(LibvirtLibrary::virDomainDestroy);
  }

  /**
   * Requests the guest to shut down, and does not wait for the shutdown. A guest may ignore the
   * request.
   *
   * @see LibvirtLibrary#virDomainShutdown
   */
  public void shutdown() throws LibvirtException {
    operation(LibvirtLibrary::virDomainShutdown);
  }

  /**
   * Pauses the running guest; the guest stays in memory.
   *
   * @see LibvirtLibrary#virDomainSuspend
   */
  public void suspend() throws LibvirtException {
    operation(LibvirtLibrary::virDomainSuspend);
  }

  /**
   * Resumes the paused guest.
   *
   * @see LibvirtLibrary#virDomainResume
   */
  public void resume() throws LibvirtException {
    operation(LibvirtLibrary::virDomainResume);
  }

  /**
   * Removes the definition of the domain. An active domain keeps running as a transient domain.
   *
   * @see LibvirtLibrary#virDomainUndefineFlags
   */
  public void undefine(DomainUndefineFlag... flags) throws LibvirtException {
    undefine(NativeConstants.bits(flags));
  }

  /**
   * Saves the guest's memory to a managed save image and stops the domain; the next start restores
   * that memory.
   *
   * @see LibvirtLibrary#virDomainManagedSave
   */
  public void managedSave(ManagedSaveFlag... flags) throws LibvirtException {
    int bits = NativeConstants.bits(flags);
    operation((library, domain) -> library.virDomainManagedSave(domain, bits));
  }

  /**
   * Returns whether the domain has a managed save image.
   *
   * @see LibvirtLibrary#virDomainHasManagedSaveImage
   */
  public boolean hasManagedSaveImage() throws LibvirtException {
    return yesOrNo((library, domain) -> library.virDomainHasManagedSaveImage(domain, NO_FLAGS));
  }

  /**
   * Removes the managed save image, and with it the memory of the guest.
   *
   * @see LibvirtLibrary#virDomainManagedSaveRemove
   */
  public void managedSaveRemove() throws LibvirtException {
    operation((library, domain) -> library.virDomainManagedSaveRemove(domain, NO_FLAGS));
  }

  /**
   * Takes a snapshot of the domain.
   *
   * @param xml the description of the snapshot, {@code <domainsnapshot/>} for the defaults
   * @see LibvirtLibrary#virDomainSnapshotCreateXML
   * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
   */
  public DomainSnapshot snapshotCreateXML(String xml, SnapshotCreateFlag... flags)
      throws LibvirtException {
    return snapshotCreateXML(xml, NativeConstants.bits(flags));
  }

  /**
   * Finds a snapshot by its name.
   *
   * @throws NoSuchSnapshotException if the domain has no snapshot with that name
   * @see LibvirtLibrary#virDomainSnapshotLookupByName
   */
  public DomainSnapshot snapshotLookupByName(String name) throws LibvirtException {
    CStringArguments.check("name", name);
    return snapshot(
        (library, domain) -> library.virDomainSnapshotLookupByName(domain, name, NO_FLAGS));
  }

  /**
   * Finds the current snapshot: the snapshot that was taken or reverted to last.
   *
   * @return the snapshot, or empty if the domain has no current snapshot
   * @see LibvirtLibrary#virDomainSnapshotCurrent
   */
  public Optional<DomainSnapshot> snapshotCurrent() throws LibvirtException {
    try {
      return Optional.of(
          snapshot((library, domain) -> library.virDomainSnapshotCurrent(domain, NO_FLAGS)));
    } catch (NoSuchSnapshotException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns the name of the current snapshot.
   *
   * @return the name, or empty if the domain has no current snapshot
   * @see LibvirtLibrary#virDomainSnapshotCurrent
   */
  public Optional<String> snapshotCurrentName() throws LibvirtException {
    try {
      return Optional.of(
          nonNull(
              (library, domain) ->
                  DomainSnapshot.takeName(
                      library, library.virDomainSnapshotCurrent(domain, NO_FLAGS))));
    } catch (NoSuchSnapshotException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns whether the domain has a current snapshot.
   *
   * @see LibvirtLibrary#virDomainHasCurrentSnapshot
   */
  public boolean hasCurrentSnapshot() throws LibvirtException {
    return yesOrNo((library, domain) -> library.virDomainHasCurrentSnapshot(domain, NO_FLAGS));
  }

  /**
   * Returns the number of snapshots of the domain.
   *
   * @see LibvirtLibrary#virDomainSnapshotNum
   */
  public int snapshotNum(SnapshotListFlag... flags) throws LibvirtException {
    int bits = NativeConstants.bits(flags);
    return nonNegative((library, domain) -> library.virDomainSnapshotNum(domain, bits));
  }

  /**
   * Returns the snapshots at one moment.
   *
   * @return an immutable list; the caller has to close each snapshot
   * @see LibvirtLibrary#virDomainListAllSnapshots
   */
  public List<DomainSnapshot> listAllSnapshots(SnapshotListFlag... flags) throws LibvirtException {
    return listAllSnapshots(NativeConstants.bits(flags));
  }

  private List<DomainSnapshot> listAllSnapshots(int flags) throws LibvirtException {
    return DomainSnapshot.distinct(
        identity,
        list(
            (library, domain, array) -> library.virDomainListAllSnapshots(domain, array, flags),
            DomainSnapshotPointer::new,
            this::adopt,
            LibvirtLibrary::virDomainSnapshotFree));
  }

  /**
   * Returns the names of the snapshots at one moment, each with the name of its parent.
   *
   * @return an immutable map in libvirt's order: the key is the name of the snapshot, the value the
   *     name of its parent
   * @throws NoSuchSnapshotException if a snapshot is deleted during this method
   * @see LibvirtLibrary#virDomainListAllSnapshots
   * @see LibvirtLibrary#virDomainSnapshotGetParent
   */
  public Map<String, Optional<String>> listSnapshotParents(SnapshotListFlag... flags)
      throws LibvirtException {
    int bits = NativeConstants.bits(flags);
    List<Map.Entry<String, Optional<String>>> parents =
        read(
            (library, domain, array) -> library.virDomainListAllSnapshots(domain, array, bits),
            DomainSnapshotPointer::new,
            snapshot ->
                Map.entry(
                    calls.nonNull(library -> library.virDomainSnapshotGetName(snapshot)),
                    DomainSnapshot.parentName(calls, snapshot)),
            LibvirtLibrary::virDomainSnapshotFree);
    DomainSnapshot.checkDistinct(identity, Lists.transform(parents, Map.Entry::getKey));
    return ImmutableMap.copyOf(parents);
  }

  /**
   * Reverts the domain to one of its snapshots with {@index virDomainRevertToSnapshot}. All changes
   * since the snapshot are lost.
   *
   * @throws IllegalArgumentException if the snapshot belongs to another domain or another
   *     connection
   * @throws RevertRiskyException if libvirt requires {@link RevertFlag#FORCE} for this revert
   * @see LibvirtLibrary#virDomainRevertToSnapshot
   */
  public void revertToSnapshot(DomainSnapshot snapshot, RevertFlag... flags)
      throws LibvirtException {
    revertToSnapshot(snapshot, NativeConstants.bits(flags));
  }

  private DomainSnapshot snapshot(
      BiFunction<LibvirtLibrary, DomainPointer, @Nullable DomainSnapshotPointer> find)
      throws LibvirtException {
    return adopt(calls, nonNull(find));
  }

  private DomainSnapshot adopt(LibvirtCalls calls, DomainSnapshotPointer pointer)
      throws LibvirtException {
    return DomainSnapshot.adopt(calls, pointer, identity);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #getXMLDesc(DomainXmlFlag...)}. Returns the XML definition of the domain; the flags are
   * libvirt's bits.
   *
   * @see LibvirtLibrary#virDomainGetXMLDesc
   */
  public String getXMLDesc(int flags) throws LibvirtException {
    return nonNull((library, domain) -> library.virDomainGetXMLDesc(domain, flags)).value();
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #create(DomainCreateFlag...)}. Starts the domain; the flags are libvirt's bits.
   *
   * @return 0
   * @see LibvirtLibrary#virDomainCreateWithFlags
   */
  public int create(int flags) throws LibvirtException {
    return operation((library, domain) -> library.virDomainCreateWithFlags(domain, flags));
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #undefine(DomainUndefineFlag...)}. Removes the definition; the flags are libvirt's bits.
   *
   * @see LibvirtLibrary#virDomainUndefineFlags
   */
  public void undefine(int flags) throws LibvirtException {
    operation((library, domain) -> library.virDomainUndefineFlags(domain, flags));
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #interfaceAddresses(InterfaceAddressSource)}. Returns the network interfaces of the guest.
   *
   * @param source the number of a {@link InterfaceAddressSource}
   * @param flags 0
   * @see LibvirtLibrary#virDomainInterfaceAddresses
   */
  public Collection<DomainInterface> interfaceAddresses(int source, int flags)
      throws LibvirtException {
    return interfaces(source, flags);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #updateDeviceFlags(String, DeviceModifyFlag...)}. Changes a device; the flags are libvirt's
   * bits.
   *
   * @return 0
   * @see LibvirtLibrary#virDomainUpdateDeviceFlags
   */
  public int updateDeviceFlags(String xml, int flags) throws LibvirtException {
    CStringArguments.check("xml", xml);
    return operation((library, domain) -> library.virDomainUpdateDeviceFlags(domain, xml, flags));
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #getState}. Returns the
   * state, the memory and the virtual CPUs of the domain.
   *
   * @see LibvirtLibrary#virDomainGetInfo
   */
  public DomainInfo getInfo() throws LibvirtException {
    virDomainInfo info = new virDomainInfo();
    nonNegative((library, domain) -> library.virDomainGetInfo(domain, info));
    return new DomainInfo(info);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #snapshotCreateXML(String, SnapshotCreateFlag...)}. Takes a snapshot; the flags are libvirt's
   * bits.
   *
   * @see LibvirtLibrary#virDomainSnapshotCreateXML
   */
  public DomainSnapshot snapshotCreateXML(String xml, int flags) throws LibvirtException {
    CStringArguments.check("xml", xml);
    DomainSnapshotPointer snapshot =
        creation((library, domain) -> library.virDomainSnapshotCreateXML(domain, xml, flags));
    return adopt(calls, snapshot);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #listAllSnapshots}.
   * Returns the names of the snapshots at one moment.
   *
   * @see LibvirtLibrary#virDomainListAllSnapshots
   */
  public String[] snapshotListNames(SnapshotListFlag... flags) throws LibvirtException {
    return snapshotListNames(NativeConstants.bits(flags));
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #listAllSnapshots}.
   * Returns the names of the snapshots; the flags are libvirt's bits.
   *
   * @see LibvirtLibrary#virDomainListAllSnapshots
   */
  public String[] snapshotListNames(int flags) throws LibvirtException {
    return DomainSnapshot.namesOf(listAllSnapshots(flags)).toArray(String[]::new);
  }

  /**
   * Exists for programs written in libvirt-java's style; in new code, use {@link
   * #revertToSnapshot(DomainSnapshot, RevertFlag...)}. Reverts the domain; the flags are libvirt's
   * bits, and libvirt refuses unknown bits.
   *
   * @throws IllegalArgumentException if the snapshot belongs to another domain or another
   *     connection
   * @throws RevertRiskyException if libvirt requires {@link RevertFlag#FORCE} for this revert
   * @see LibvirtLibrary#virDomainRevertToSnapshot
   */
  public void revertToSnapshot(DomainSnapshot snapshot, int flags) throws LibvirtException {
    checkOpen();
    HandleAccess.checkOwn(this, snapshot);
    snapshot.revert(flags);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #close}.
   *
   * @return 0
   */
  public int free() {
    close();
    return 0;
  }
}
