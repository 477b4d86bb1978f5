package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import com.google.common.collect.Sets;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotDeleteFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.flags.SnapshotXmlFlag;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeConstants;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A snapshot of a domain. Owns one native snapshot reference; closing it does nothing to the
 * snapshot.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html">libvirt-domain-snapshot</a>
 */
public final class DomainSnapshot extends Handle<DomainSnapshotPointer> {
  private static final int NO_FLAGS = 0;

  private final String name;
  private final DomainIdentity domainIdentity;

  private DomainSnapshot(
      LibvirtCalls calls, DomainSnapshotPointer pointer, String name, DomainIdentity domain) {
    super(
        calls,
        pointer,
        LibvirtLibrary::virDomainSnapshotFree,
        "snapshot " + LogEscaper.quote(name));
    this.name = name;
    this.domainIdentity = domain;
  }

  /** Takes the pointer's reference over, also where it fails. */
  static DomainSnapshot adopt(
      LibvirtCalls calls, DomainSnapshotPointer pointer, DomainIdentity domain)
      throws LibvirtException {
    try {
      String name = calls.nonNull(library -> library.virDomainSnapshotGetName(pointer));
      return new DomainSnapshot(calls, pointer, name, domain);
    } catch (LibvirtException | RuntimeException | Error e) {
      calls.release(LibvirtLibrary::virDomainSnapshotFree, pointer);
      throw e;
    }
  }

  /**
   * Makes a handle of a snapshot that another binding holds. It takes a native reference of its
   * own, so that either side may close first.
   *
   * @param pointer a {@code virDomainSnapshotPtr}, which has to stay valid until this returns;
   *     anything else crashes the JVM
   * @see LibvirtLibrary#virDomainSnapshotRef
   */
  public static DomainSnapshot fromNative(Pointer pointer) throws LibvirtException {
    LibvirtLibrary libvirt = Libvirt.library();
    DomainSnapshotPointer shared =
        new DomainSnapshotPointer(checkNotNull(pointer, "pointer is null"));
    LibvirtCalls calls = new LibvirtCalls(libvirt, libvirt.virDomainSnapshotGetConnect(shared));
    DomainPointer domain = calls.nonNull(library -> library.virDomainSnapshotGetDomain(shared));
    DomainIdentity identity = DomainIdentity.of(calls, domain);
    return adopt(calls, calls.addReference(LibvirtLibrary::virDomainSnapshotRef, shared), identity);
  }

  /**
   * Hands the snapshot to another binding.
   *
   * @return a {@code virDomainSnapshotPtr} with a native reference of its own, which the caller has
   *     to give back with virDomainSnapshotFree
   * @see LibvirtLibrary#virDomainSnapshotRef
   */
  public Pointer toNative() throws LibvirtException {
    return share(LibvirtLibrary::virDomainSnapshotRef);
  }

  DomainIdentity domainIdentity() {
    return domainIdentity;
  }

  /**
   * Returns the snapshots that libvirt listed. If two of them have one name, it closes all and
   * throws: libvirt gives each snapshot of a domain its own name, and a look-up by name would find
   * any of the two.
   */
  static List<DomainSnapshot> distinct(DomainIdentity domain, List<DomainSnapshot> listed)
      throws LibvirtException {
    try {
      checkDistinct(domain, Lists.transform(listed, DomainSnapshot::getName));
      return listed;
    } catch (LibvirtException e) {
      listed.forEach(DomainSnapshot::close);
      throw e;
    }
  }

  /** Checks that no two snapshots that libvirt listed have one name. */
  static void checkDistinct(DomainIdentity domain, List<String> names) throws LibvirtException {
    Set<String> seen = Sets.newHashSetWithExpectedSize(names.size());
    for (String name : names) {
      if (!seen.add(name)) {
        throw new LibvirtException(
            LibvirtError.none(
                "libvirt lists two snapshots %s of domain %s: its answer can't be trusted"
                    .formatted(LogEscaper.quote(name), LogEscaper.quote(domain.name()))));
      }
    }
  }

  /** Names the snapshots and closes them. */
  static List<String> namesOf(List<DomainSnapshot> snapshots) {
    try {
      return snapshots.stream()
          .map(DomainSnapshot::getName)
          .collect(ImmutableList.toImmutableList());
    } finally {
      snapshots.forEach(DomainSnapshot::close);
    }
  }

  /**
   * Returns the name.
   *
   * @see LibvirtLibrary#virDomainSnapshotGetName
   */
  public String getName() {
    checkOpen();
    return name;
  }

  /**
   * Returns a new handle on the domain that this is a snapshot of.
   *
   * @see LibvirtLibrary#virDomainSnapshotGetDomain
   */
  public Domain getDomain() throws LibvirtException {
    return Domain.adopt(
        calls,
        nonNull(
            (library, snapshot) -> {
              DomainPointer domain = library.virDomainSnapshotGetDomain(snapshot);
              return domain != null && library.virDomainRef(domain) == 0 ? domain : null;
            }));
  }

  /**
   * Finds the snapshot that this one was taken on top of.
   *
   * @return empty if there is none
   * @throws NoSuchSnapshotException if this snapshot itself is gone
   * @see LibvirtLibrary#virDomainSnapshotGetParent
   */
  public Optional<DomainSnapshot> getParent() throws LibvirtException {
    Optional<DomainSnapshotPointer> parent =
        use(
            snapshot ->
                ofParent(
                    calls,
                    snapshot,
                    library -> library.virDomainSnapshotGetParent(snapshot, NO_FLAGS)));
    return parent.isPresent() ? Optional.of(adopt(calls, parent.get())) : Optional.empty();
  }

  /**
   * Finds the name of the snapshot that this one was taken on top of.
   *
   * @return empty if there is none
   * @throws NoSuchSnapshotException if this snapshot itself is gone
   * @see LibvirtLibrary#virDomainSnapshotGetParent
   */
  public Optional<String> getParentName() throws LibvirtException {
    return use(snapshot -> parentName(calls, snapshot));
  }

  static Optional<String> parentName(LibvirtCalls calls, DomainSnapshotPointer snapshot)
      throws LibvirtException {
    return ofParent(
        calls,
        snapshot,
        library -> takeName(library, library.virDomainSnapshotGetParent(snapshot, NO_FLAGS)));
  }

  /** Returns the name of a snapshot whose reference it gives back; null for null. */
  static String takeName(LibvirtLibrary library, DomainSnapshotPointer snapshot) {
    if (snapshot == null) {
      return null;
    }
    try {
      return library.virDomainSnapshotGetName(snapshot);
    } finally {
      library.virDomainSnapshotFree(snapshot);
    }
  }

  /**
   * Makes a call that is about the parent. libvirt says the same of a missing parent and of a
   * snapshot that was deleted; only the latter makes the next call fail too.
   */
  private static <R> Optional<R> ofParent(
      LibvirtCalls calls, DomainSnapshotPointer snapshot, Function<LibvirtLibrary, R> call)
      throws LibvirtException {
    try {
      return Optional.of(calls.nonNull(call));
    } catch (NoSuchSnapshotException e) {
      calls.nonNegative(library -> library.virDomainSnapshotHasMetadata(snapshot, NO_FLAGS));
      return Optional.empty();
    }
  }

  /**
   * Returns whether this is the current snapshot of its domain.
   *
   * @see LibvirtLibrary#virDomainSnapshotIsCurrent
   */
  public boolean isCurrent() throws LibvirtException {
    return yesOrNo((library, snapshot) -> library.virDomainSnapshotIsCurrent(snapshot, NO_FLAGS));
  }

  /**
   * Returns whether libvirt keeps metadata for this snapshot that would be lost with the domain's
   * definition.
   *
   * @see LibvirtLibrary#virDomainSnapshotHasMetadata
   */
  public boolean hasMetadata() throws LibvirtException {
    return yesOrNo((library, snapshot) -> library.virDomainSnapshotHasMetadata(snapshot, NO_FLAGS));
  }

  /**
   * Counts the children, or with {@link SnapshotListFlag#DESCENDANTS} all descendants.
   *
   * @see LibvirtLibrary#virDomainSnapshotNumChildren
   */
  public int numChildren(SnapshotListFlag... flags) throws LibvirtException {
    int bits = NativeConstants.bits(flags);
    return nonNegative((library, snapshot) -> library.virDomainSnapshotNumChildren(snapshot, bits));
  }

  /**
   * Lists the names of the children, or of all descendants, all of one moment.
   *
   * @return an immutable list
   * @see LibvirtLibrary#virDomainSnapshotListAllChildren
   */
  public List<String> listChildrenNames(SnapshotListFlag... flags) throws LibvirtException {
    return namesOf(listAllChildren(flags));
  }

  /**
   * Lists the children, or with {@link SnapshotListFlag#DESCENDANTS} all descendants, all of one
   * moment.
   *
   * @return an immutable list; each snapshot is the caller's to close
   * @see LibvirtLibrary#virDomainSnapshotListAllChildren
   */
  public List<DomainSnapshot> listAllChildren(SnapshotListFlag... flags) throws LibvirtException {
    int bits = NativeConstants.bits(flags);
    return distinct(
        domainIdentity,
        list(
            (library, snapshot, array) ->
                library.virDomainSnapshotListAllChildren(snapshot, array, bits),
            DomainSnapshotPointer::new,
            this::adopt,
            LibvirtLibrary::virDomainSnapshotFree));
  }

  /**
   * Describes the snapshot.
   *
   * @return the XML
   * @see LibvirtLibrary#virDomainSnapshotGetXMLDesc
   */
  public String getXMLDesc(SnapshotXmlFlag... flags) throws LibvirtException {
    return getXMLDesc(NativeConstants.bits(flags));
  }

  /**
   * Describes the snapshot, with flags as libvirt numbers them: libvirt-java's shape. Prefer {@link
   * #getXMLDesc(SnapshotXmlFlag...)}.
   *
   * @see LibvirtLibrary#virDomainSnapshotGetXMLDesc
   */
  public String getXMLDesc(int flags) throws LibvirtException {
    return nonNull((library, snapshot) -> library.virDomainSnapshotGetXMLDesc(snapshot, flags))
        .value();
  }

  /**
   * Takes the domain back to this snapshot. What it became since then is lost.
   *
   * @throws RevertRiskyException if libvirt wants {@link RevertFlag#FORCE} for it
   * @see LibvirtLibrary#virDomainRevertToSnapshot
   */
  public void revert(RevertFlag... flags) throws LibvirtException {
    revert(NativeConstants.bits(flags));
  }

  /**
   * Takes the domain back to this snapshot, with flags as libvirt numbers them; libvirt itself
   * refuses those that it does not know.
   *
   * @throws RevertRiskyException if libvirt wants {@link RevertFlag#FORCE} for it
   * @see LibvirtLibrary#virDomainRevertToSnapshot
   */
  public void revert(int flags) throws LibvirtException {
    operation((library, snapshot) -> library.virDomainRevertToSnapshot(snapshot, flags));
  }

  /**
   * Deletes the snapshot, its data and libvirt's record of it; the domain stays as it is. This
   * handle stays open.
   *
   * @see LibvirtLibrary#virDomainSnapshotDelete
   */
  public void delete(SnapshotDeleteFlag... flags) throws LibvirtException {
    int unused = delete(NativeConstants.bits(flags));
  }

  /**
   * Deletes the snapshot, with flags as libvirt numbers them: libvirt-java's shape. Prefer {@link
   * #delete(SnapshotDeleteFlag...)}.
   *
   * @return 0
   * @see LibvirtLibrary#virDomainSnapshotDelete
   */
  public int delete(int flags) throws LibvirtException {
    return operation((library, snapshot) -> library.virDomainSnapshotDelete(snapshot, flags));
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

  private DomainSnapshot adopt(LibvirtCalls calls, DomainSnapshotPointer pointer)
      throws LibvirtException {
    return adopt(calls, pointer, domainIdentity);
  }
}
