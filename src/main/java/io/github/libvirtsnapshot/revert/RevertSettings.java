package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import java.time.Duration;
import java.util.Optional;

/**
 * How to revert: the value behind a {@link SnapshotReverter}.
 *
 * @param target which snapshot; empty as long as none was named
 * @param flags as libvirt gets them
 * @param patience how long to wait for the guest; empty for not at all
 * @param inventory the domains of the host; empty for an inventory of its own for each run
 */
record RevertSettings(
    Domain domain,
    Optional<SnapshotTarget> target,
    int flags,
    ImmutableSet<Option> options,
    Optional<Duration> patience,
    Optional<HostInventory> inventory,
    RetryPolicy retries,
    RevertJournal journal,
    RevertListener listener) {

  /** What a reverter does besides, if it is asked to. */
  enum Option {
    GUARDED,
    SAFETY_SNAPSHOT,
    /** The snapshot is the safety snapshot of a revert that is to be undone. */
    UNDOING,
    ENFORCING_STATE,
    SETTING_CLOCK
  }

  static RevertSettings of(Domain domain) {
    return new RevertSettings(
        domain,
        Optional.empty(),
        0,
        ImmutableSet.of(),
        Optional.empty(),
        Optional.empty(),
        RetryPolicy.NEVER,
        intent -> {},
        new RevertListener() {});
  }

  RevertSettings to(SnapshotTarget snapshot) {
    return new RevertSettings(
        domain,
        Optional.of(snapshot),
        flags,
        options,
        patience,
        inventory,
        retries,
        journal,
        listener);
  }

  RevertSettings withFlags(int bits) {
    return new RevertSettings(
        domain, target, bits, options, patience, inventory, retries, journal, listener);
  }

  RevertSettings with(Option option) {
    ImmutableSet<Option> more = ImmutableSet.<Option>builder().addAll(options).add(option).build();
    return new RevertSettings(
        domain, target, flags, more, patience, inventory, retries, journal, listener);
  }

  RevertSettings awaitingGuest(Duration atMost) {
    return new RevertSettings(
        domain, target, flags, options, Optional.of(atMost), inventory, retries, journal, listener);
  }

  RevertSettings sharing(HostInventory shared) {
    return new RevertSettings(
        domain, target, flags, options, patience, Optional.of(shared), retries, journal, listener);
  }

  RevertSettings retrying(RetryPolicy policy) {
    return new RevertSettings(
        domain, target, flags, options, patience, inventory, policy, journal, listener);
  }

  RevertSettings withJournal(RevertJournal other) {
    return new RevertSettings(
        domain, target, flags, options, patience, inventory, retries, other, listener);
  }

  RevertSettings listener(RevertListener other) {
    return new RevertSettings(
        domain, target, flags, options, patience, inventory, retries, journal, other);
  }

  boolean has(Option option) {
    return options.contains(option);
  }

  /** Lets plans of other domains, which share the inventory, ask about a domain again. */
  void changed(String uuid) {
    inventory.ifPresent(shared -> shared.changed(uuid));
  }

  /** A revert that could be rolled back is not begun where it is known to fail. */
  boolean plansFirst() {
    return has(Option.GUARDED) || has(Option.SAFETY_SNAPSHOT) || has(Option.UNDOING);
  }
}
