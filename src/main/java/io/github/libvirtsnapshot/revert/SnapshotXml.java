package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.Iterables;
import io.github.libvirtsnapshot.DomainState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a snapshot's XML says of it.
 *
 * @param stateTaken the state of the domain when it was taken, in the words of the XML
 * @param taken when it was taken
 * @param hasMemory whether the guest's memory is part of it
 * @param external whether some of it is kept in files of its own
 * @param domain the domain as it was then, if that was kept
 * @param inactiveDomain the definition that was kept for the next start, if it is kept apart
 */
record SnapshotXml(
    String stateTaken,
    Instant taken,
    boolean hasMemory,
    boolean external,
    Optional<XmlNode> domain,
    Optional<XmlNode> inactiveDomain) {
  private static final int CACHED_CHARACTERS = 1_000_000;

  /**
   * Reverting to one snapshot again and again is common; parsing costs more than getting the XML.
   */
  private static final Cache<String, String> STATES =
      CacheBuilder.newBuilder()
          .maximumWeight(CACHED_CHARACTERS)
          .weigher((String xml, String state) -> xml.length())
          .build();

  /**
   * Reads it.
   *
   * @throws IllegalStateException if that is no snapshot's XML
   */
  static SnapshotXml parse(String xml) {
    XmlNode snapshot = XmlNode.parse(xml);
    String state = snapshot.text("state");
    checkState(!state.isEmpty(), "libvirt described a snapshot without a <state>: %s", xml);
    String created = snapshot.text("creationTime");
    return new SnapshotXml(
        state,
        Instant.ofEpochSecond(created.isEmpty() ? 0 : Long.parseLong(created)),
        hasMemory(state, snapshot.text("memory/@snapshot")),
        !snapshot.all("memory[@snapshot='external'] | disks/disk[@snapshot='external']").isEmpty(),
        first(snapshot.all("domain")),
        first(snapshot.all("inactiveDomain")));
  }

  private static boolean hasMemory(String state, String where) {
    boolean active = state.equals("running") || state.equals("paused");
    return active && !where.equals("no");
  }

  private static Optional<XmlNode> first(List<XmlNode> nodes) {
    return Optional.ofNullable(Iterables.getFirst(nodes, null));
  }

  /** Returns {@link #stateToRevertTo()} of this XML, which is only parsed if it is new. */
  static Optional<DomainState> stateToRevertTo(String xml) {
    String state = STATES.getIfPresent(xml);
    if (state == null) {
      state = parse(xml).stateTaken;
      STATES.put(xml, state);
    }
    return stateFor(state);
  }

  /**
   * Returns the state that a revert without RUNNING or PAUSED leads to; empty for the few states
   * that no driver can revert to.
   */
  Optional<DomainState> stateToRevertTo() {
    return stateFor(stateTaken);
  }

  private static Optional<DomainState> stateFor(String stateTaken) {
    return switch (stateTaken) {
      case "running" -> Optional.of(DomainState.RUNNING);
      case "paused" -> Optional.of(DomainState.PAUSED);
      case "shutoff", "shutdown", "crashed", "disk-snapshot" -> Optional.of(DomainState.SHUTOFF);
      default -> Optional.empty();
    };
  }

  /** Returns the definition that a revert gives the domain back for its next start. */
  Optional<XmlNode> definition() {
    return inactiveDomain.or(() -> domain);
  }
}
