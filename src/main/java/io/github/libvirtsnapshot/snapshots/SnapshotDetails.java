package io.github.libvirtsnapshot.snapshots;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogText;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlStream;
import java.io.Serializable;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a snapshot: from its XML, and from where it was found.
 *
 * @param name the name
 * @param description what whoever took it wrote about it
 * @param state the state of the domain when it was taken, in the words of the XML: {@code running},
 *     {@code paused}, {@code shutoff}, {@code disk-snapshot}, ...; empty if only its name is known
 * @param creationTime when it was taken, in seconds since 1970 in UTC; empty if the XML does not
 *     say
 * @param parent the name of the snapshot that it was taken on top of
 * @param memory where the guest's memory is kept
 * @param disks where each disk is kept, by its target, in the order of the XML
 * @param describesDomain whether the XML says what the domain was when it was taken
 * @param current whether it is the current snapshot of its domain; empty if only its XML is known
 * @param metadata whether libvirt keeps metadata for it that would be lost with the domain's
 *     definition; empty if that was not asked
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public record SnapshotDetails(
    String name,
    Optional<String> description,
    String state,
    Optional<Long> creationTime,
    Optional<String> parent,
    Kept memory,
    Map<String, Kept> disks,
    boolean describesDomain,
    Optional<Boolean> current,
    Optional<Boolean> metadata)
    implements Serializable {
  private static final int CACHED_CHARACTERS = 1_000_000;

  /** Many programs revert to one snapshot again and again; reading costs more than comparing. */
  private static final Cache<String, String> STATES =
      CacheBuilder.newBuilder()
          .maximumWeight(CACHED_CHARACTERS)
          .weigher((String xml, String state) -> xml.length())
          .build();

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
    return of(snapshot, snapshot.getXMLDesc());
  }

  /** Reads the XML of a snapshot. */
  static SnapshotDetails of(DomainSnapshot snapshot, String xml) throws LibvirtException {
    SnapshotDetails read = parse(xml);
    boolean ambiguous = read.parent.filter(name -> name.indexOf('\n') >= 0).isPresent();
    return read.found(
        snapshot.getName(),
        ambiguous ? snapshot.getParentName() : read.parent,
        read.current,
        read.metadata);
  }

  /**
   * Reads the XML of a snapshot.
   *
   * @throws IllegalStateException if it is no XML of a snapshot
   */
  public static SnapshotDetails parse(String xml) {
    SnapshotXml reader = new SnapshotXml();
    XmlStream.walk(xml, reader);
    return reader.details().orElseThrow(() -> withoutState(xml));
  }

  /** What is known of a snapshot whose XML was not read. */
  static SnapshotDetails named(String name, Optional<String> parent, boolean current) {
    return new SnapshotDetails(
        name,
        Optional.empty(),
        "",
        Optional.empty(),
        parent,
        Kept.NOT_SAID,
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
    boolean active = state.equals("running") || state.equals("paused");
    return active && !memory.where().equals("no");
  }

  /** Returns whether some of it is kept in files of its own. */
  public boolean external() {
    return memory.isExternal() || disks.values().stream().anyMatch(Kept::isExternal);
  }

  /**
   * Reads nothing but the {@linkplain #stateAfterRevert() state that a revert leads to}, which is
   * near the beginning of the XML.
   *
   * @throws IllegalStateException if it is no XML of a snapshot
   */
  public static Optional<DomainState> stateAfterRevert(String xml) {
    String state = STATES.getIfPresent(xml);
    if (state == null) {
      state = XmlStream.childText(xml, "state").orElseThrow(() -> withoutState(xml));
      STATES.put(xml, state);
    }
    return stateAfterRevertTo(state);
  }

  private static UnreadableXmlException withoutState(String xml) {
    return new UnreadableXmlException(xml, "state of a snapshot");
  }

  /**
   * Returns the state that a revert without RUNNING or PAUSED leads to; empty for the few states
   * that no driver can revert to.
   */
  public Optional<DomainState> stateAfterRevert() {
    return stateAfterRevertTo(state);
  }

  private static Optional<DomainState> stateAfterRevertTo(String state) {
    return switch (state) {
      case "running" -> Optional.of(DomainState.RUNNING);
      case "paused" -> Optional.of(DomainState.PAUSED);
      case "shutoff", "shutdown", "crashed", "disk-snapshot" -> Optional.of(DomainState.SHUTOFF);
      default -> Optional.empty();
    };
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
        + LogText.quote(name)
        + " ("
        + LogText.escape(state)
        + taken().map(time -> ", taken " + time).orElse("")
        + (hasMemory() ? ", with memory" : "")
        + (external() ? ", external" : "")
        + ")";
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
