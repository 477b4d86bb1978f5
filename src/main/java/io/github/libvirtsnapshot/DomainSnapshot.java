package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import com.google.common.collect.Sets;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.calls.DomainIdentity;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotDeleteFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.flags.SnapshotXmlFlag;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeConstants;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a domain. It owns one native reference to the snapshot; closing the handle does not
 * delete the snapshot.
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
        "snapshot " + LogEscaper.quote(name),
        Optional.of(domain));
    this.name = name;
    this.domainIdentity = domain;
  }

  /** Takes ownership of the pointer's reference, also if it throws. */
  static DomainSnapshot adopt(
      LibvirtCalls calls, DomainSnapshotPointer pointer, DomainIdentity domain)
      throws LibvirtException {
    return Cleanup.afterFailure(
        () ->
            new DomainSnapshot(
                calls,
                pointer,
                calls.nonNull(library -> library.virDomainSnapshotGetName(pointer)),
                domain),
        failure -> calls.release(LibvirtLibrary::virDomainSnapshotFree, pointer));
  }

  /**
   * Creates a handle for a snapshot that another binding has found. The handle adds its own native
   * reference, so either side may close first.
   *
   * @param pointer a {@code virDomainSnapshotPtr} that stays valid until this method returns; any
   *     other pointer crashes the JVM
   * @see LibvirtLibrary#virDomainSnapshotRef
   */
  public static DomainSnapshot fromNative(Pointer pointer) throws LibvirtException {
    DomainSnapshotPointer shared =
        new DomainSnapshotPointer(checkNotNull(pointer, "pointer is null"));
    LibvirtCalls calls =
        LibvirtCalls.through(
            Libvirt.library(), library -> library.virDomainSnapshotGetConnect(shared));
    DomainPointer domain = calls.nonNull(library -> library.virDomainSnapshotGetDomain(shared));
    DomainIdentity identity = DomainIdentity.of(calls, domain);
    return adopt(calls, calls.addReference(LibvirtLibrary::virDomainSnapshotRef, shared), identity);
  }

  /**
   * Returns a pointer for another binding.
   *
   * @return a {@code virDomainSnapshotPtr} with a new native reference, which the caller has to
   *     release with virDomainSnapshotFree
   * @see LibvirtLibrary#virDomainSnapshotRef
   */
  public Pointer toNative() throws LibvirtException {
    return share(LibvirtLibrary::virDomainSnapshotRef);
  }

  /**
   * Returns the snapshots that libvirt listed, if all their names differ. Otherwise this method
   * closes all of them and throws: snapshots of one domain have distinct names, and a lookup by
   * name could find either of the two.
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

  /** Checks that the names of the snapshots that libvirt listed are distinct. */
  static void checkDistinct(DomainIdentity domain, List<String> names) throws LibvirtException {
    Set<String> seen = Sets.newHashSetWithExpectedSize(names.size());
    for (String name : names) {
      if (!seen.add(name)) {
        throw new LibvirtException(
            LibvirtError.none(
                "libvirt listed two snapshots with the name \"%s\" for domain \"%s\"; this list is"
                        .formatted(name, domain.name())
                    + " invalid"));
      }
    }
  }

  /** Returns the names of the snapshots, and closes the snapshots. */
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
   * Returns the name of the snapshot.
   *
   * @see LibvirtLibrary#virDomainSnapshotGetName
   */
  public String getName() {
    checkOpen();
    return name;
  }

  /**
   * Returns a new handle for the domain of this snapshot.
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
   * Finds the parent: the snapshot that was current when this snapshot was taken.
   *
   * @return the parent, or empty if there is none
   * @throws NoSuchSnapshotException if this snapshot no longer exists
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
   * Returns the name of the parent: the snapshot that was current when this snapshot was taken.
   *
   * @return the name, or empty if there is no parent
   * @throws NoSuchSnapshotException if this snapshot no longer exists
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

  /** Returns the name of a snapshot, and releases its reference; null for null. */
  static @Nullable String takeName(
      LibvirtLibrary library, @Nullable DomainSnapshotPointer snapshot) {
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
   * Makes a call that finds the parent. libvirt reports the same error for a snapshot without a
   * parent and for a deleted snapshot; only for the latter, the second call fails too.
   */
  private static <R> Optional<R> ofParent(
      LibvirtCalls calls,
      DomainSnapshotPointer snapshot,
      Function<LibvirtLibrary, @Nullable R> call)
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
   * Returns whether libvirt stores metadata of this snapshot, which is deleted when the domain is
   * undefined.
   *
   * @see LibvirtLibrary#virDomainSnapshotHasMetadata
   */
  public boolean hasMetadata() throws LibvirtException {
    return yesOrNo((library, snapshot) -> library.virDomainSnapshotHasMetadata(snapshot, NO_FLAGS));
  }

  /**
   * Returns the number of children, or with {@link SnapshotListFlag#DESCENDANTS} of all
   * descendants.
   *
   * @see LibvirtLibrary#virDomainSnapshotNumChildren
   */
  public int numChildren(SnapshotListFlag... flags) throws LibvirtException {
    int bits = NativeConstants.bits(flags);
    return nonNegative((library, snapshot) -> library.virDomainSnapshotNumChildren(snapshot, bits));
  }

  /**
   * Returns the names of the children, or with {@link SnapshotListFlag#DESCENDANTS} of all
   * descendants, at one moment.
   *
   * @return an immutable list
   * @see LibvirtLibrary#virDomainSnapshotListAllChildren
   */
  public List<String> listChildrenNames(SnapshotListFlag... flags) throws LibvirtException {
    return namesOf(listAllChildren(flags));
  }

  /**
   * Returns the children, or with {@link SnapshotListFlag#DESCENDANTS} all descendants, at one
   * moment.
   *
   * @return an immutable list; the caller has to close each snapshot
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
   * Returns the XML description of the snapshot.
   *
   * @see LibvirtLibrary#virDomainSnapshotGetXMLDesc
   */
  public String getXMLDesc(SnapshotXmlFlag... flags) throws LibvirtException {
    return getXMLDesc(NativeConstants.bits(flags));
  }

  /**
   * Reverts the domain to this snapshot with {@index virDomainRevertToSnapshot}. All changes since
   * the snapshot are lost.
   *
   * @throws RevertRiskyException if libvirt requires {@link RevertFlag#FORCE} for this revert
   * @see LibvirtLibrary#virDomainRevertToSnapshot
   */
  public void revert(RevertFlag... flags) throws LibvirtException {
    revert(NativeConstants.bits(flags));
  }

  /**
   * Deletes the snapshot: its data and libvirt's metadata. The domain does not change. This handle
   * stays open.
   *
   * @see LibvirtLibrary#virDomainSnapshotDelete
   */
  public void delete(SnapshotDeleteFlag... flags) throws LibvirtException {
    int unused = delete(NativeConstants.bits(flags));
  }

  private DomainSnapshot adopt(LibvirtCalls calls, DomainSnapshotPointer pointer)
      throws LibvirtException {
    return adopt(calls, pointer, domainIdentity);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #getXMLDesc(SnapshotXmlFlag...)}. Returns the XML description of the snapshot; the flags are
   * libvirt's bits.
   *
   * @see LibvirtLibrary#virDomainSnapshotGetXMLDesc
   */
  public String getXMLDesc(int flags) throws LibvirtException {
    return nonNull((library, snapshot) -> library.virDomainSnapshotGetXMLDesc(snapshot, flags))
        .value();
  }

  /**
   * Exists for programs written in libvirt-java's style; in new code, use {@link
   * #revert(RevertFlag...)}. Reverts the domain; the flags are libvirt's bits, and libvirt refuses
   * unknown bits.
   *
   * @throws RevertRiskyException if libvirt requires {@link RevertFlag#FORCE} for this revert
   * @see LibvirtLibrary#virDomainRevertToSnapshot
   */
  public void revert(int flags) throws LibvirtException {
    operation((library, snapshot) -> library.virDomainRevertToSnapshot(snapshot, flags));
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #delete(SnapshotDeleteFlag...)}. Deletes the snapshot; the flags are libvirt's bits.
   *
   * @return 0
   * @see LibvirtLibrary#virDomainSnapshotDelete
   */
  public int delete(int flags) throws LibvirtException {
    return operation((library, snapshot) -> library.virDomainSnapshotDelete(snapshot, flags));
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
