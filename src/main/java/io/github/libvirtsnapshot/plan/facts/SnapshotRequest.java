package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The request to take a snapshot.
 *
 * @param kind the kind of snapshot; empty if the library chooses
 * @param withMemory whether the snapshot includes the memory of an active guest
 * @param leftOut the targets of the writable disks that the snapshot does not include
 * @param preparation what happens to the guest while the snapshot is taken
 */
public record SnapshotRequest(
    String name,
    Optional<String> description,
    Optional<Kind> kind,
    boolean withMemory,
    Set<String> leftOut,
    Preparation preparation) {

  /** Copies the set. */
  public SnapshotRequest {
    leftOut = ImmutableSet.copyOf(leftOut);
  }

  /** What happens to a running guest before the snapshot is taken, and is undone afterwards. */
  public enum Preparation {
    NONE,

    /** The guest is paused. */
    PAUSE,

    /** The guest is shut down, and started afterwards. */
    SHUT_OFF,

    /** The guest agent freezes the file systems. */
    FREEZE;

    /** Returns whether there is something to do in a domain. */
    public boolean applies(DomainStatus status) {
      return switch (this) {
        case NONE -> false;
        case PAUSE -> status.state() == DomainState.RUNNING;
        case SHUT_OFF, FREEZE -> status.isActive();
      };
    }
  }

  /** Returns the snapshot of this kind. */
  public NewSnapshot snapshot(Kind requested) {
    return new NewSnapshot(name, description, requested, withMemory, leftOut);
  }

  /** Returns the status of the domain when the snapshot is taken. */
  public DomainStatus prepared(DomainStatus before) {
    if (!preparation.applies(before)) {
      return before;
    }
    return switch (preparation) {
      case PAUSE -> with(before, StateReason.PAUSED_USER, before.id());
      case SHUT_OFF -> with(before, StateReason.SHUTOFF_SHUTDOWN, OptionalInt.empty());
      case NONE, FREEZE -> before;
    };
  }

  /** Returns whether a guest is shut down for the snapshot, and started afterwards. */
  boolean restartsGuest(DomainStatus before) {
    return preparation == Preparation.SHUT_OFF && before.isActive();
  }

  private static DomainStatus with(DomainStatus before, StateReason reason, OptionalInt id) {
    return new DomainStatus(
        StateAndReason.of(reason),
        id,
        before.currentSnapshot(),
        before.persistent(),
        before.managedSave());
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return "request of snapshot " + LogEscaper.quote(name);
  }
}
