package io.github.libvirtsnapshot.snapshots;

import com.google.common.collect.Maps;
import io.github.libvirtsnapshot.DomainState;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The state of the domain when a snapshot was taken. Complete for libvirt 11.3.
 *
 * @see <a href="https://libvirt.org/formatsnapshot.html">Snapshot XML format</a>
 */
public enum SnapshotState {
  /** The hypervisor reported no state. */
  NOSTATE("nostate", Optional.empty()),
  /** The guest ran. */
  RUNNING("running", Optional.of(DomainState.RUNNING)),
  /** The guest ran and waited for a resource. */
  BLOCKED("blocked", Optional.empty()),
  /** The guest was paused. */
  PAUSED("paused", Optional.of(DomainState.PAUSED)),
  /** The guest was shutting down. */
  SHUTDOWN("shutdown", Optional.of(DomainState.SHUTOFF)),
  /** The domain was inactive. */
  SHUTOFF("shutoff", Optional.of(DomainState.SHUTOFF)),
  /** The guest had crashed. */
  CRASHED("crashed", Optional.of(DomainState.SHUTOFF)),
  /** The guest had suspended itself. */
  PMSUSPENDED("pmsuspended", Optional.empty()),
  /** The snapshot contains only the disks of an active guest. */
  DISK_SNAPSHOT("disk-snapshot", Optional.of(DomainState.SHUTOFF)),
  /** A state that this release does not know. */
  UNKNOWN("unknown", Optional.empty());

  private static final Map<String, SnapshotState> BY_WORD =
      Maps.uniqueIndex(Arrays.asList(values()), SnapshotState::word);

  private final String word;
  private final Optional<DomainState> afterRevert;

  SnapshotState(String word, Optional<DomainState> afterRevert) {
    this.word = word;
    this.afterRevert = afterRevert;
  }

  static SnapshotState of(String word) {
    return BY_WORD.getOrDefault(word, UNKNOWN);
  }

  /** Returns the name of the state in the XML of a snapshot. */
  public String word() {
    return word;
  }

  /**
   * Returns the state of the domain after a revert without RUNNING or PAUSED; empty for the few
   * states that no driver can revert to.
   */
  Optional<DomainState> afterRevert() {
    return afterRevert;
  }
}
