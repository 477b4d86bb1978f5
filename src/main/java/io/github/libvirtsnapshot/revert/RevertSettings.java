package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * How to revert: the value behind a {@link SnapshotReverter}. Nothing changes it once it was made:
 * {@link #with} changes a copy before anyone else sees it.
 */
final class RevertSettings implements Cloneable {
  final Domain domain;

  /** Null as long as none was named. */
  SnapshotTarget target;

  int flags;
  boolean guarded;
  boolean safetySnapshot;

  /** Whether the snapshot is the safety snapshot of a revert that is to be undone. */
  boolean undoing;

  boolean enforcingState;

  /** How long to wait for the guest; null for not at all. */
  Duration patience;

  boolean settingClock;

  /** The domains of the host; null for an inventory of its own for each run. */
  HostInventory inventory;

  RetryPolicy retries = RetryPolicy.NEVER;
  PendingRevert.Writer writer = pending -> {};
  RevertListener listener = new RevertListener() {};

  RevertSettings(Domain domain) {
    this.domain = domain;
  }

  /** Returns a copy with this change. */
  RevertSettings with(Consumer<RevertSettings> change) {
    try {
      RevertSettings copy = (RevertSettings) clone();
      change.accept(copy);
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /** Lets plans of other domains, which share the inventory, ask about a domain again. */
  void changed(String uuid) {
    if (inventory != null) {
      inventory.changed(uuid);
    }
  }

  boolean awaitsGuest() {
    return patience != null;
  }

  /** A revert that could be rolled back is not begun where it is known to fail. */
  boolean plansFirst() {
    return guarded || safetySnapshot || undoing;
  }
}
