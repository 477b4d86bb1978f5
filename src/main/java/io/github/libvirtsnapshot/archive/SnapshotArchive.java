package io.github.libvirtsnapshot.archive;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSortedMap;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotDeleteFlag;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The metadata of all snapshots of a domain, as one value: libvirt's XML of each snapshot, parents
 * first, which snapshot is the current one, and the names of the images that the disks of the
 * domain are on. libvirt deletes the metadata when a domain is undefined.
 *
 * <p>An archive contains no data. The data of the snapshots is in the images of the disks, in the
 * overlays and in the memory files: move these files to the same paths on the other host.
 *
 * <p>An archive contains passwords, such as that of a VNC display, because a revert would otherwise
 * remove them from the domain. Comments and processing instructions in the {@code <metadata>} of a
 * definition are kept, too; a CDATA section becomes a text with the same content.
 *
 * <p>Archives are immutable.
 *
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public final class SnapshotArchive {
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private final String domainName;
  private final String domainUuid;
  private final Map<String, String> images;
  private final List<ArchivedSnapshot> snapshots;
  private final Optional<String> current;

  /**
   * Creates an archive.
   *
   * @param images the images of the disks, by target; empty if they are not known
   */
  SnapshotArchive(
      String domainName,
      String domainUuid,
      Map<String, String> images,
      List<ArchivedSnapshot> snapshots,
      Optional<String> current) {
    this.domainName = domainName;
    this.domainUuid = domainUuid;
    this.images = ImmutableSortedMap.copyOf(images);
    this.snapshots = List.copyOf(snapshots);
    this.current = current;
  }

  /**
   * Reads the metadata of all snapshots of a domain. The domain does not change. This method makes
   * one round trip for each snapshot, one more for the name of each parent, and a few others.
   *
   * @param domain a domain of a connection that is not read-only, because libvirt returns passwords
   *     on no other
   * @throws LibvirtException if a call fails, also because the connection is read-only ({@code
   *     VIR_ERR_OPERATION_DENIED}), or if the snapshots changed in the meantime
   * @throws IllegalStateException if the domain is closed, or libvirt's XML can't be read
   * @see LibvirtLibrary#virDomainSnapshotGetXMLDesc
   */
  public static SnapshotArchive of(Domain domain) throws LibvirtException {
    return new ArchiveReader(checkNotNull(domain, "domain is null")).read();
  }

  /**
   * Returns the archive as a text for a file: XML with the element {@code snapshotArchive}, which
   * contains the name, the UUID and the disks of the domain, the name of the current snapshot, and
   * libvirt's XML of each snapshot, parents first. Equal archives have equal texts. Texts and the
   * values of attributes are printable ASCII; other characters are escaped. Comments, and the names
   * of elements and attributes, can have any character: write the text as UTF-8. The text contains
   * the passwords of the definitions: write it where only the administrators of the host can read
   * it.
   *
   * <p>The rules for all releases:
   *
   * <ul>
   *   <li>A newer release may add elements, which older ones ignore.
   *   <li>A text that older releases must not read has a higher {@code format}, and they refuse it.
   * </ul>
   */
  public String toText() {
    return ArchiveText.write(this);
  }

  /**
   * Reads what {@link #toText} returned, of this release or another one.
   *
   * @throws IllegalArgumentException if the text is of a format that this release does not know, is
   *     not complete, or is something else; if a snapshot occurs twice, comes before its parent, or
   *     belongs to another domain. The message says what is wrong
   */
  public static SnapshotArchive parse(String text) {
    return ArchiveText.parse(text);
  }

  /** Returns the name of the domain. */
  public String domainName() {
    return domainName;
  }

  /** Returns the UUID of the domain as 36 characters. */
  public String domainUuid() {
    return domainUuid;
  }

  /** Returns the names of the snapshots, each after its parent. */
  public List<String> names() {
    return snapshots.stream().map(ArchivedSnapshot::name).toList();
  }

  /** Returns the name of the current snapshot; empty if the domain had none. */
  public Optional<String> current() {
    return current;
  }

  /** Returns by target the image of each writable disk when the archive was read. */
  Map<String, String> images() {
    return images;
  }

  List<ArchivedSnapshot> snapshots() {
    return snapshots;
  }

  /**
   * Returns the archive for a domain with another name or UUID. Both are changed in all definitions
   * in the metadata, and the UUID also in the SMBIOS system information. Nothing else is changed:
   * the copies of a domain need images, MAC addresses and sockets of their own, and the metadata
   * has those of the original.
   *
   * @param name the name of the other domain, as in {@link Domain#getName}
   * @param uuid the UUID of the other domain, as in {@link Domain#getUUIDString}
   * @throws IllegalArgumentException if the name is empty or not a C string; if the UUID is
   *     malformed; if the name or the UUID is not that of this archive, and the memory of a
   *     snapshot is in a file: the file contains the definition of the domain too, and libvirt
   *     refuses to revert another domain to it. {@link #without} leaves such a snapshot out
   */
  public SnapshotArchive forDomain(String name, String uuid) {
    checkArgument(!CStringArguments.check("name", name).isEmpty(), "name is empty");
    String checkedUuid = checkUuid(checkNotNull(uuid, "uuid is null"));
    checkMemoryFiles(name.equals(domainName) && checkedUuid.equals(domainUuid));
    return new SnapshotArchive(
        name,
        checkedUuid,
        images,
        snapshots.stream().map(snapshot -> snapshot.forDomain(name, checkedUuid)).toList(),
        current);
  }

  private void checkMemoryFiles(boolean isSameDomain) {
    List<String> withFile =
        snapshots.stream()
            .map(ArchivedSnapshot::description)
            .filter(snapshot -> snapshot.details().memory().file().isPresent())
            .map(SnapshotDescription::name)
            .toList();
    checkArgument(
        isSameDomain || withFile.isEmpty(),
        "the snapshots %s have a memory file, which contains the name %s and the UUID %s: libvirt"
            + " refuses to revert another domain to it; leave these snapshots out with without(),"
            + " or define the domain with that name and UUID",
        ExistingNames.quoted(withFile),
        LogEscaper.quote(domainName),
        domainUuid);
  }

  /**
   * Returns the archive without a snapshot, for instance one whose image no longer exists. The
   * result is the same as if the metadata of the snapshot had been deleted before: the children of
   * the snapshot become children of its parent, or roots; if the snapshot is current, its parent
   * becomes current.
   *
   * @param name the name of the snapshot
   * @throws IllegalArgumentException if the archive does not have the snapshot
   * @see SnapshotDeleteFlag#METADATA_ONLY
   */
  public SnapshotArchive without(String name) {
    checkNotNull(name, "name is null");
    ArchivedSnapshot removed =
        snapshots.stream()
            .filter(snapshot -> snapshot.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(notInArchive(name)));
    return new SnapshotArchive(
        domainName,
        domainUuid,
        images,
        snapshots.stream()
            .filter(snapshot -> !snapshot.name().equals(name))
            .map(
                snapshot ->
                    snapshot.parent().equals(Optional.of(name))
                        ? snapshot.withParent(removed.parent())
                        : snapshot)
            .toList(),
        current.equals(Optional.of(name)) ? removed.parent() : current);
  }

  private String notInArchive(String name) {
    return "the archive does not have the snapshot %s; the names in it: %s"
        .formatted(LogEscaper.quote(name), ExistingNames.quoted(names()));
  }

  /** Returns the UUID as libvirt writes it. */
  static String checkUuid(String uuid) {
    String lowerCase = Ascii.toLowerCase(uuid);
    checkArgument(
        UUID_FORM.matcher(lowerCase).matches(),
        "the UUID is %s, not 36 characters such as 5c58bcff-5b4c-4d3b-b3b1-5a5b6c7d8e9f",
        LogEscaper.quote(LogEscaper.truncate(uuid, 80, "...")));
    return lowerCase;
  }

  /**
   * Returns what {@link #restoreTo} would do now. Nothing is changed; to find out whether a file
   * exists, the library may try to create a storage pool at its path, which fails.
   *
   * @param domain a domain, also of a read-only connection, where fewer files can be checked
   * @throws LibvirtException if a call fails
   * @throws IllegalStateException if the domain is closed, or libvirt's XML can't be read
   */
  public ArchivePlan plan(Domain domain) throws LibvirtException {
    checkNotNull(domain, "domain is null");
    try (Connect connect = domain.getConnect()) {
      return new ArchivePlanner(this, domain, connect).plan();
    }
  }

  /**
   * Adds the snapshots to a domain, parents first, and marks the current one. The domain itself
   * does not change. A snapshot that the domain already has is left as it is. If the domain already
   * has a current snapshot, the current snapshot stays the same.
   *
   * <p>Nothing is changed if the plan has {@linkplain ArchivePlan#refusals refusals}. If a call
   * fails after that, the snapshots that were added stay, the exception lists them, and another
   * call of this method adds the others. No other program may add or delete snapshots of the domain
   * during this method: libvirt would replace a snapshot that was added under the same name since
   * the plan.
   *
   * <p>Restore only archives of people who may define domains on the host: a revert starts the
   * emulator, and opens the devices, that the definition in the metadata names.
   *
   * @param domain a domain of a connection that is not read-only
   * @return the plan, all of which was done
   * @throws ArchiveException if the plan has refusals, or not all snapshots could be added
   * @throws LibvirtException if libvirt can't be queried before; nothing was changed
   * @throws IllegalStateException if the domain is closed, or libvirt's XML can't be read; nothing
   *     was changed
   * @see LibvirtLibrary#virDomainSnapshotCreateXML
   * @see SnapshotCreateFlag#REDEFINE
   * @see SnapshotCreateFlag#CURRENT
   */
  public ArchivePlan restoreTo(Domain domain) throws LibvirtException {
    ArchivePlan plan = plan(domain);
    new ArchiveRestore(this, domain, plan).run();
    return plan;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SnapshotArchive archive
        && domainName.equals(archive.domainName)
        && domainUuid.equals(archive.domainUuid)
        && images.equals(archive.images)
        && snapshots.equals(archive.snapshots)
        && current.equals(archive.current);
  }

  @Override
  public int hashCode() {
    return Objects.hash(domainName, domainUuid, names(), current);
  }

  /** Returns one line without the metadata, with control characters escaped. */
  @Override
  public String toString() {
    return "archive of domain "
        + LogEscaper.quote(domainName)
        + " ("
        + domainUuid
        + ") with "
        + snapshots.size()
        + " snapshots"
        + current.map(name -> ", current " + LogEscaper.quote(name)).orElse("");
  }
}
