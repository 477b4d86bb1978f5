package io.github.libvirtsnapshot.snapshots;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.Serializable;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The details of a snapshot, from its XML and from libvirt's listing.
 *
 * @param name the name of the snapshot
 * @param description the user-supplied description
 * @param state the state of the domain when the snapshot was taken; empty if only the name is known
 * @param creationTime the creation time in seconds since 1970 in UTC; empty if unknown
 * @param parent the name of the parent snapshot; empty for a root
 * @param memory where the guest's memory is stored
 * @param disks where each disk is stored, by target, in the order of the XML
 * @param describesDomain whether the XML contains the domain's definition
 * @param current whether the snapshot is the current snapshot of its domain; empty if only the XML
 *     is known
 * @param metadata whether libvirt stores metadata of the snapshot, which are lost if the domain is
 *     undefined; empty if not queried
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public record SnapshotDetails(
    String name,
    Optional<String> description,
    Optional<SnapshotState> state,
    Optional<Long> creationTime,
    Optional<String> parent,
    StorageLocation memory,
    Map<String, StorageLocation> disks,
    boolean describesDomain,
    Optional<Boolean> current,
    Optional<Boolean> metadata)
    implements Serializable {
  private static final String DOMAIN = "domain";

  /** Copies the map. No component may be null. */
  public SnapshotDetails {
    checkNotNull(name, "name is null");
    checkNotNull(description, "description is null");
    checkNotNull(state, "state is null");
    checkNotNull(creationTime, "creationTime is null");
    checkNotNull(parent, "parent is null");
    checkNotNull(memory, "memory is null");
    checkNotNull(disks, "disks is null");
    checkNotNull(current, "current is null");
    checkNotNull(metadata, "metadata is null");
    disks = disks.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(disks));
  }

  /**
   * Fetches the XML of a snapshot from libvirt and reads it. The names come from other libvirt
   * calls: libvirt writes carriage returns into XML unescaped, and an XML parser reads them as line
   * feeds.
   *
   * @throws IllegalStateException if the result is not the XML of a snapshot
   */
  public static SnapshotDetails of(DomainSnapshot snapshot) throws LibvirtException {
    return of(snapshot, snapshot.getName(), snapshot.getXMLDesc());
  }

  /**
   * Reads the XML of a snapshot that the caller has fetched, and takes the names from libvirt as
   * {@link #of(DomainSnapshot)} does.
   *
   * @param snapshot the snapshot, which is queried for the name of its parent if the name in the
   *     XML is ambiguous
   * @param lookupName the name by which the snapshot was looked up or listed
   * @param xml the result of {@link DomainSnapshot#getXMLDesc}
   * @throws IllegalStateException if the text is not the XML of a snapshot
   */
  public static SnapshotDetails of(DomainSnapshot snapshot, String lookupName, String xml)
      throws LibvirtException {
    SnapshotDetails read = parse(xml);
    boolean ambiguous = read.parent.filter(other -> other.indexOf('\n') >= 0).isPresent();
    return read.found(
        checkNotNull(lookupName, "lookupName is null"),
        ambiguous ? snapshot.getParentName() : read.parent,
        read.current,
        read.metadata);
  }

  /**
   * Reads the XML of a snapshot, up to the domain's definition.
   *
   * @throws IllegalStateException if the text is not the XML of a snapshot
   */
  public static SnapshotDetails parse(String xml) {
    XmlNode snapshot = XmlNode.parseUpTo(xml, DOMAIN);
    return new SnapshotDetails(
        snapshot.first("name").map(XmlNode::ownText).orElse(""),
        snapshot.first("description").map(XmlNode::ownText),
        Optional.of(
            snapshot
                .first("state")
                .map(state -> SnapshotState.of(state.text()))
                .orElseThrow(
                    () -> new UnreadableXmlException(snapshot.xml(), "state of a snapshot"))),
        Optional.ofNullable(Longs.tryParse(snapshot.text("creationTime"))),
        snapshot.first("parent/name").map(XmlNode::ownText),
        snapshot
            .first("memory")
            .map(memory -> StorageLocation.read(memory, memory.text("@file")))
            .orElse(StorageLocation.UNSPECIFIED),
        disks(snapshot.all("disks/disk")),
        snapshot.first(DOMAIN).isPresent(),
        Optional.empty(),
        Optional.empty());
  }

  /** Returns where each disk is stored, by target. */
  private static Map<String, StorageLocation> disks(List<XmlNode> disks) {
    Map<String, StorageLocation> locations = new LinkedHashMap<>();
    disks.forEach(
        disk ->
            locations.put(
                disk.text("@name"), StorageLocation.read(disk, disk.text("source/@file"))));
    return locations;
  }

  /** Returns the details of a snapshot whose XML was not read. */
  static SnapshotDetails named(String name, Optional<String> parent, boolean current) {
    return new SnapshotDetails(
        name,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        parent,
        StorageLocation.UNSPECIFIED,
        Map.of(),
        false,
        Optional.of(current),
        Optional.empty());
  }

  /** Returns the same details with the facts that the XML does not contain. */
  SnapshotDetails foundAs(boolean isCurrent, boolean hasMetadata) {
    return found(name, parent, Optional.of(isCurrent), Optional.of(hasMetadata));
  }

  private SnapshotDetails found(
      String newName,
      Optional<String> newParent,
      Optional<Boolean> newCurrent,
      Optional<Boolean> newMetadata) {
    return new SnapshotDetails(
        newName,
        description,
        state,
        creationTime,
        newParent,
        memory,
        disks,
        describesDomain,
        newCurrent,
        newMetadata);
  }

  /** Returns whether the snapshot includes the guest's memory. */
  public boolean hasMemory() {
    boolean active =
        state.equals(Optional.of(SnapshotState.RUNNING))
            || state.equals(Optional.of(SnapshotState.PAUSED));
    return active && memory.kind() != StorageLocation.Kind.NO;
  }

  /** Returns whether the memory or a disk is stored in a file of its own. */
  public boolean external() {
    return memory.isExternal() || disks.values().stream().anyMatch(StorageLocation::isExternal);
  }

  /**
   * Returns the state of the domain after a revert without RUNNING or PAUSED; empty for the few
   * states that no driver can revert to.
   */
  public Optional<DomainState> stateAfterRevert() {
    return state.flatMap(SnapshotState::afterRevert);
  }

  /**
   * Returns the creation time. libvirt accepts any 64-bit number of seconds; a time outside the
   * range of {@link Instant} is returned as {@link Instant#MIN} or {@link Instant#MAX}, truncated
   * to seconds.
   */
  public Optional<Instant> taken() {
    return creationTime.map(
        seconds ->
            Instant.ofEpochSecond(
                Math.max(
                    Instant.MIN.getEpochSecond(),
                    Math.min(Instant.MAX.getEpochSecond(), seconds))));
  }

  /** Returns the name and the main details on one line, with control characters escaped. */
  @Override
  public String toString() {
    return "snapshot "
        + LogEscaper.quote(name)
        + " ("
        + state.map(SnapshotState::word).orElse("state unknown")
        + taken().map(time -> ", taken " + time).orElse("")
        + (hasMemory() ? ", with memory" : "")
        + (external() ? ", external" : "")
        + ")";
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
