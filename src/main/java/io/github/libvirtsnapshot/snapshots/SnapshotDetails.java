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
 * What is known of a snapshot: from its XML, and from where it was found.
 *
 * @param name the name
 * @param description what whoever took it wrote about it
 * @param state the state of the domain when it was taken; empty if only its name is known
 * @param creationTime when it was taken, in seconds since 1970 in UTC; empty if the XML does not
 *     say
 * @param parent the name of the snapshot that it was taken on top of
 * @param memory where the guest's memory is stored
 * @param disks where each disk is stored, by its target, in the order of the XML
 * @param describesDomain whether the XML says what the domain was when it was taken
 * @param current whether it is the current snapshot of its domain; empty if only its XML is known
 * @param metadata whether libvirt keeps metadata for it that would be lost with the domain's
 *     definition; empty if that was not asked
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
   * Asks libvirt for the XML of a snapshot, and reads it. libvirt writes a carriage return into XML
   * as it is, where it reads as a line feed: the names are libvirt's own.
   *
   * @throws IllegalStateException if that is no XML of a snapshot
   */
  public static SnapshotDetails of(DomainSnapshot snapshot) throws LibvirtException {
    return parse(snapshot.getXMLDesc()).foundIn(snapshot, snapshot.getName());
  }

  /** Returns the same with the names that libvirt has for the snapshot and its parent. */
  SnapshotDetails foundIn(DomainSnapshot snapshot, String foundAs) throws LibvirtException {
    boolean ambiguous = parent.filter(name -> name.indexOf('\n') >= 0).isPresent();
    return found(foundAs, ambiguous ? snapshot.getParentName() : parent, current, metadata);
  }

  /**
   * Reads the XML of a snapshot, up to the domain that it describes.
   *
   * @throws IllegalStateException if it is no XML of a snapshot
   */
  public static SnapshotDetails parse(String xml) {
    return read(XmlNode.parseUpTo(xml, DOMAIN), xml);
  }

  static SnapshotDetails read(XmlNode snapshot, String xml) {
    return new SnapshotDetails(
        snapshot.first("name").map(XmlNode::ownText).orElse(""),
        snapshot.first("description").map(XmlNode::ownText),
        Optional.of(
            snapshot
                .first("state")
                .map(state -> SnapshotState.of(state.text()))
                .orElseThrow(() -> new UnreadableXmlException(xml, "state of a snapshot"))),
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

  /** Returns where each disk is stored, by its target. */
  static Map<String, StorageLocation> disks(List<XmlNode> disks) {
    Map<String, StorageLocation> locations = new LinkedHashMap<>();
    disks.forEach(
        disk ->
            locations.put(
                disk.text("@name"), StorageLocation.read(disk, disk.text("source/@file"))));
    return locations;
  }

  /** What is known of a snapshot whose XML was not read. */
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

  /** Adds what the XML does not say. */
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

  /** Returns whether the guest's memory is part of it. */
  public boolean hasMemory() {
    boolean active =
        state.equals(Optional.of(SnapshotState.RUNNING))
            || state.equals(Optional.of(SnapshotState.PAUSED));
    return active && memory.kind() != StorageLocation.Kind.NO;
  }

  /** Returns whether some of it is kept in files of its own. */
  public boolean external() {
    return memory.isExternal() || disks.values().stream().anyMatch(StorageLocation::isExternal);
  }

  /**
   * Returns the state that a revert without RUNNING or PAUSED leads to; empty for the few states
   * that no driver can revert to.
   */
  public Optional<DomainState> stateAfterRevert() {
    return state.flatMap(SnapshotState::afterRevert);
  }

  /**
   * Returns when it was taken. libvirt takes any number of 64 bits, far beyond what an {@link
   * Instant} can be: such a time is the first or the last instant there is.
   */
  public Optional<Instant> taken() {
    return creationTime.map(
        seconds ->
            Instant.ofEpochSecond(
                Math.max(
                    Instant.MIN.getEpochSecond(),
                    Math.min(Instant.MAX.getEpochSecond(), seconds))));
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return "snapshot "
        + LogEscaper.quote(name)
        + " ("
        + state.map(SnapshotState::word).orElse("state not known")
        + taken().map(time -> ", taken " + time).orElse("")
        + (hasMemory() ? ", with memory" : "")
        + (external() ? ", external" : "")
        + ")";
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
