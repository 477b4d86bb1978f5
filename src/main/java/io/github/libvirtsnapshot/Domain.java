package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.calls.DomainStats;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.ManagedSaveFlag;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeConstants;
import io.github.libvirtsnapshot.jna.virDomainInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;

/**
 * A domain: a virtual machine as libvirt knows it. Owns one native domain reference; closing it
 * does nothing to the virtual machine.
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
        "domain " + LogEscaper.quote(identity.name()));
    this.identity = identity;
  }

  /** Takes the pointer's reference over, also where it fails. */
  static Domain adopt(LibvirtCalls calls, DomainPointer pointer) throws LibvirtException {
    try {
      return new Domain(calls, pointer, DomainIdentity.of(calls, pointer));
    } catch (LibvirtException | RuntimeException | Error e) {
      calls.release(LibvirtLibrary::virDomainFree, pointer);
      throw e;
    }
  }

  /**
   * Makes a handle of a domain that another binding holds. It takes a native reference of its own,
   * so that either side may close first.
   *
   * @param pointer a {@code virDomainPtr}, which has to stay valid until this returns; anything
   *     else crashes the JVM
   * @see LibvirtLibrary#virDomainRef
   */
  public static Domain fromNative(Pointer pointer) throws LibvirtException {
    LibvirtLibrary library = Libvirt.library();
    DomainPointer shared = new DomainPointer(checkNotNull(pointer, "pointer is null"));
    LibvirtCalls calls = new LibvirtCalls(library, library.virDomainGetConnect(shared));
    return adopt(calls, calls.addReference(LibvirtLibrary::virDomainRef, shared));
  }

  /**
   * Hands the domain to another binding.
   *
   * @return a {@code virDomainPtr} with a native reference of its own, which the caller has to give
   *     back with virDomainFree
   * @see LibvirtLibrary#virDomainRef
   */
  public Pointer toNative() throws LibvirtException {
    return share(LibvirtLibrary::virDomainRef);
  }

  /**
   * Returns a second handle on the same domain, with a native reference of its own: either may be
   * closed first. This makes no call to the host.
   *
   * @see LibvirtLibrary#virDomainRef
   */
  public Domain duplicate() throws LibvirtException {
    return new Domain(calls, addReference(LibvirtLibrary::virDomainRef), identity);
  }

  /**
   * Returns a new handle on the connection that this domain was found on.
   *
   * @see LibvirtLibrary#virConnectRef
   */
  public Connect getConnect() throws LibvirtException {
    return Connect.adopt(
        calls,
        use(domain -> calls.addReference(LibvirtLibrary::virConnectRef, calls.connection())));
  }

  DomainIdentity identity() {
    return identity;
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
   * Returns the UUID as 36 characters.
   *
   * @see LibvirtLibrary#virDomainGetUUIDString
   */
  public String getUUIDString() {
    checkOpen();
    return identity.uuid();
  }

  /**
   * Returns the number that the hypervisor gave the active domain, or -1 for an inactive one, as
   * libvirt reported it last with this domain.
   *
   * @see LibvirtLibrary#virDomainGetID
   */
  public int getID() throws LibvirtException {
    return local(LibvirtLibrary::virDomainGetID);
  }

  /**
   * Asks the hypervisor for the number of the active domain. Each start gives it a new one, so that
   * the same number again means the same process.
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
   * Describes the domain.
   *
   * @return the XML
   * @see LibvirtLibrary#virDomainGetXMLDesc
   */
  public String getXMLDesc(DomainXmlFlag... flags) throws LibvirtException {
    return getXMLDesc(NativeConstants.bits(flags));
  }

  /**
   * Describes the domain, with flags as libvirt numbers them: libvirt-java's shape. Prefer {@link
   * #getXMLDesc(DomainXmlFlag...)}.
   *
   * @see LibvirtLibrary#virDomainGetXMLDesc
   */
  public String getXMLDesc(int flags) throws LibvirtException {
    return nonNull((library, domain) -> library.virDomainGetXMLDesc(domain, flags)).value();
  }

  /**
   * Returns the state and the reason for it.
   *
   * @see LibvirtLibrary#virDomainGetState
   */
  public StateAndReason getState() throws LibvirtException {
    int[] state = new int[1];
    int[] reason = new int[1];
    nonNegative((library, domain) -> library.virDomainGetState(domain, state, reason, NO_FLAGS));
    return StateAndReason.of(state[0], reason[0]);
  }

  /** Asks for what libvirt tells of a persistent domain in one call. */
  Optional<DomainStats> statsIfPersistent() throws LibvirtException {
    return nonNull(DomainStats::ofPersistent);
  }

  /** Returns the number of an active domain, of which libvirt says -1 if it is inactive. */
  static OptionalInt id(int number) {
    return number < 0 ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /**
   * Returns whether the domain is running or paused.
   *
   * @see LibvirtLibrary#virDomainIsActive
   */
  public boolean isActive() throws LibvirtException {
    return yesOrNo(LibvirtLibrary::virDomainIsActive);
  }

  /**
   * Returns whether a definition of the domain is kept; a domain without one is transient and is
   * gone once it stops.
   *
   * @see LibvirtLibrary#virDomainIsPersistent
   */
  public boolean isPersistent() throws LibvirtException {
    return yesOrNo(LibvirtLibrary::virDomainIsPersistent);
  }

  /**
   * Starts the domain; from its managed save image, if it has one.
   *
   * @see LibvirtLibrary#virDomainCreateWithFlags
   */
  public void create(DomainCreateFlag... flags) throws LibvirtException {
    int unused = create(NativeConstants.bits(flags));
  }

  /**
   * Starts the domain, with flags as libvirt numbers them: libvirt-java's shape. Prefer {@link
   * #create(DomainCreateFlag...)}.
   *
   * @return 0
   * @see LibvirtLibrary#virDomainCreateWithFlags
   */
  public int create(int flags) throws LibvirtException {
    return operation((library, domain) -> library.virDomainCreateWithFlags(domain, flags));
  }

  /**
   * Stops the domain at once, as if its power was cut. A transient domain is gone then.
   *
   * @see LibvirtLibrary#virDomainDestroy
   */
  public void destroy() throws LibvirtException {
    operation(LibvirtLibrary::virDomainDestroy);
  }

  /**
   * Asks the guest to shut down, without waiting for it; a guest may ignore this.
   *
   * @see LibvirtLibrary#virDomainShutdown
   */
  public void shutdown() throws LibvirtException {
    operation(LibvirtLibrary::virDomainShutdown);
  }

  /**
   * Pauses the running guest; it stays in memory.
   *
   * @see LibvirtLibrary#virDomainSuspend
   */
  public void suspend() throws LibvirtException {
    operation(LibvirtLibrary::virDomainSuspend);
  }

  /**
   * Lets the paused guest run on.
   *
   * @see LibvirtLibrary#virDomainResume
   */
  public void resume() throws LibvirtException {
    operation(LibvirtLibrary::virDomainResume);
  }

  /**
   * Removes the definition of the domain; an active one goes on as a transient domain.
   *
   * @see LibvirtLibrary#virDomainUndefineFlags
   */
  public void undefine(DomainUndefineFlag... flags) throws LibvirtException {
    undefine(NativeConstants.bits(flags));
  }

  /**
   * Removes the definition, with flags as libvirt numbers them: libvirt-java's shape. Prefer {@link
   * #undefine(DomainUndefineFlag...)}.
   *
   * @see LibvirtLibrary#virDomainUndefineFlags
   */
  public void undefine(int flags) throws LibvirtException {
    operation((library, domain) -> library.virDomainUndefineFlags(domain, flags));
  }

  /**
   * Saves the guest's memory to a managed save image and stops it; the next start goes on from
   * there.
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
   * Returns the state, in libvirt-java's shape; {@link #getState} also has the reason.
   *
   * @see LibvirtLibrary#virDomainGetInfo
   */
  public DomainInfo getInfo() throws LibvirtException {
    virDomainInfo info = new virDomainInfo();
    nonNegative((library, domain) -> library.virDomainGetInfo(domain, info));
    return new DomainInfo(info);
  }

  /**
   * Takes a snapshot.
   *
   * @param xml what to take, {@code <domainsnapshot/>} for the defaults
   * @see LibvirtLibrary#virDomainSnapshotCreateXML
   * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
   */
  public DomainSnapshot snapshotCreateXML(String xml, SnapshotCreateFlag... flags)
      throws LibvirtException {
    return snapshotCreateXML(xml, NativeConstants.bits(flags));
  }

  /**
   * Takes a snapshot, with flags as libvirt numbers them: libvirt-java's shape. Prefer {@link
   * #snapshotCreateXML(String, SnapshotCreateFlag...)}.
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
   * Finds a snapshot.
   *
   * @throws NoSuchSnapshotException if the domain has none of that name
   * @see LibvirtLibrary#virDomainSnapshotLookupByName
   */
  public DomainSnapshot snapshotLookupByName(String name) throws LibvirtException {
    CStringArguments.check("name", name);
    return snapshot(
        (library, domain) -> library.virDomainSnapshotLookupByName(domain, name, NO_FLAGS));
  }

  /**
   * Finds the current snapshot: the one that was taken or reverted to last.
   *
   * @return empty if the domain has none
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
   * Finds the name of the current snapshot.
   *
   * @return empty if the domain has none
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
   * Counts the snapshots.
   *
   * @see LibvirtLibrary#virDomainSnapshotNum
   */
  public int snapshotNum(SnapshotListFlag... flags) throws LibvirtException {
    int bits = NativeConstants.bits(flags);
    return nonNegative((library, domain) -> library.virDomainSnapshotNum(domain, bits));
  }

  /**
   * Lists the names of the snapshots, all of one moment.
   *
   * @see LibvirtLibrary#virDomainListAllSnapshots
   */
  public String[] snapshotListNames(SnapshotListFlag... flags) throws LibvirtException {
    return snapshotListNames(NativeConstants.bits(flags));
  }

  /**
   * Lists the names of the snapshots, with flags as libvirt numbers them: libvirt-java's shape.
   * Prefer {@link #snapshotListNames(SnapshotListFlag...)}.
   *
   * @see LibvirtLibrary#virDomainListAllSnapshots
   */
  public String[] snapshotListNames(int flags) throws LibvirtException {
    return DomainSnapshot.namesOf(listAllSnapshots(flags)).toArray(String[]::new);
  }

  /**
   * Lists the snapshots, all of one moment.
   *
   * @return an immutable list; each snapshot is the caller's to close
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
   * Lists the names of the snapshots, all of one moment, and finds the name of the parent of each.
   *
   * @return an immutable map in libvirt's order, from the name to that of the parent
   * @throws NoSuchSnapshotException if a snapshot is deleted meanwhile
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
   * Takes the domain back to a snapshot of its own. What it became since then is lost.
   *
   * @throws IllegalArgumentException if it is another domain's snapshot, or of another connection
   * @throws RevertRiskyException if libvirt wants {@link RevertFlag#FORCE} for it
   * @see LibvirtLibrary#virDomainRevertToSnapshot
   */
  public void revertToSnapshot(DomainSnapshot snapshot, RevertFlag... flags)
      throws LibvirtException {
    revertToSnapshot(snapshot, NativeConstants.bits(flags));
  }

  /**
   * Takes the domain back to a snapshot of its own, with flags as libvirt numbers them; libvirt
   * itself refuses those that it does not know.
   *
   * @throws IllegalArgumentException if it is another domain's snapshot, or of another connection
   * @throws RevertRiskyException if libvirt wants {@link RevertFlag#FORCE} for it
   * @see LibvirtLibrary#virDomainRevertToSnapshot
   */
  public void revertToSnapshot(DomainSnapshot snapshot, int flags) throws LibvirtException {
    checkOpen();
    checkOwn(snapshot);
    snapshot.revert(flags);
  }

  /**
   * The same as {@link #close}, under libvirt-java's name.
   *
   * @return 0
   */
  public int free() {
    close();
    return 0;
  }

  /**
   * Checks that a snapshot is one of this domain's, found on the same connection.
   *
   * @throws IllegalArgumentException if it is not
   */
  public void checkOwn(DomainSnapshot snapshot) {
    checkArgument(
        snapshot.domainIdentity().sameDomainAs(identity),
        "%s is not one of %s (UUID %s) on this connection, but of domain %s (UUID %s);"
            + " look it up with snapshotLookupByName on the domain itself",
        snapshot,
        this,
        identity.uuid(),
        LogEscaper.quote(snapshot.domainIdentity().name()),
        snapshot.domainIdentity().uuid());
  }

  private DomainSnapshot snapshot(
      BiFunction<LibvirtLibrary, DomainPointer, DomainSnapshotPointer> find)
      throws LibvirtException {
    return adopt(calls, nonNull(find));
  }

  private DomainSnapshot adopt(LibvirtCalls calls, DomainSnapshotPointer pointer)
      throws LibvirtException {
    return DomainSnapshot.adopt(calls, pointer, identity);
  }
}
