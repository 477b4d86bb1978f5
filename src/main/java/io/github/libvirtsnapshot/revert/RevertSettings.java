package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of a {@link SnapshotReverter}.
 *
 * @param target the snapshot; empty as long as none was named
 * @param requirements the conditions that the snapshot has to meet
 * @param flags the flags by libvirt's numbers
 * @param poolCreation over which folders a plan may create storage pools
 * @param guestWait the wait for the guest; empty for no wait
 */
record RevertSettings(
    Domain domain,
    Optional<SnapshotTarget> target,
    ImmutableList<SnapshotRequirement> requirements,
    int flags,
    ImmutableSet<Option> options,
    PoolCreation poolCreation,
    Optional<GuestWait> guestWait,
    RetryPolicy retries,
    RevertJournal journal,
    RevertListener listener) {

  /** The options that are on or off. */
  enum Option {
    GUARDED,
    SAFETY_SNAPSHOT,
    /** The snapshot is the safety snapshot of a revert to undo. */
    UNDOING,
    ENFORCING_STATE,
    SETTING_CLOCK,
    RECONNECTING_NETWORK,
    ISOLATED,
    /** The guests of several runs are resumed when all domains are reverted. */
    RESUMED_TOGETHER
  }

  /**
   * The wait for the guest.
   *
   * @param atMost the limit
   */
  record GuestWait(GuestProbe probe, Duration atMost) {}

  static RevertSettings of(Domain domain) {
    return new RevertSettings(
        domain,
        Optional.empty(),
        ImmutableList.of(),
        0,
        ImmutableSet.of(),
        PoolCreation.IN_FOLDERS_OF_POOLS,
        Optional.empty(),
        RetryPolicy.NEVER,
        intent -> {},
        new RevertListener() {});
  }

  RevertSettings to(SnapshotTarget snapshot) {
    return new RevertSettings(
        domain,
        Optional.of(snapshot),
        requirements,
        flags,
        options,
        poolCreation,
        guestWait,
        retries,
        journal,
        listener);
  }

  RevertSettings requiring(ImmutableList<SnapshotRequirement> all) {
    return new RevertSettings(
        domain, target, all, flags, options, poolCreation, guestWait, retries, journal, listener);
  }

  RevertSettings withFlags(int bits) {
    return new RevertSettings(
        domain,
        target,
        requirements,
        bits,
        options,
        poolCreation,
        guestWait,
        retries,
        journal,
        listener);
  }

  RevertSettings with(Option option) {
    return with(ImmutableSet.<Option>builder().addAll(options).add(option).build());
  }

  RevertSettings without(Option option) {
    return with(Sets.difference(options, Set.of(option)).immutableCopy());
  }

  private RevertSettings with(ImmutableSet<Option> others) {
    return new RevertSettings(
        domain,
        target,
        requirements,
        flags,
        others,
        poolCreation,
        guestWait,
        retries,
        journal,
        listener);
  }

  /** Returns the settings of a run that waits at this barrier. */
  RevertSettings waitingAt(StageBarrier barrier) {
    return barrier.resumesGuests() ? with(Option.RESUMED_TOGETHER) : this;
  }

  RevertSettings creatingPools(PoolCreation creation) {
    return new RevertSettings(
        domain,
        target,
        requirements,
        flags,
        options,
        creation,
        guestWait,
        retries,
        journal,
        listener);
  }

  RevertSettings awaitingGuest(GuestWait wait) {
    return new RevertSettings(
        domain,
        target,
        requirements,
        flags,
        options,
        poolCreation,
        Optional.of(wait),
        retries,
        journal,
        listener);
  }

  RevertSettings retrying(RetryPolicy policy) {
    return new RevertSettings(
        domain,
        target,
        requirements,
        flags,
        options,
        poolCreation,
        guestWait,
        policy,
        journal,
        listener);
  }

  RevertSettings withJournal(RevertJournal other) {
    return new RevertSettings(
        domain,
        target,
        requirements,
        flags,
        options,
        poolCreation,
        guestWait,
        retries,
        other,
        listener);
  }

  RevertSettings listener(RevertListener other) {
    return new RevertSettings(
        domain,
        target,
        requirements,
        flags,
        options,
        poolCreation,
        guestWait,
        retries,
        journal,
        other);
  }

  boolean has(Option option) {
    return options.contains(option);
  }

  /** Returns the request; the name is that of the snapshot only if the target is a name. */
  RevertRequest request(Domain own) {
    return RevertRequest.of(own, target.orElseThrow().name(), revertFlags());
  }

  /** Returns whether the guest is isolated; an undo restores the state before the revert. */
  boolean isolates() {
    return has(Option.ISOLATED) && !has(Option.UNDOING);
  }

  /** Returns whether the guest is resumed with those of other runs. */
  boolean resumesTogether() {
    return has(Option.RESUMED_TOGETHER) && !has(Option.UNDOING);
  }

  /** Returns whether libvirt reverts the guest paused, and the run resumes it. */
  boolean resumesGuest() {
    return isolates() || resumesTogether();
  }

  /** Returns the flags for libvirt: a guest is isolated while it is paused. */
  int revertFlags() {
    return resumesGuest()
        ? (flags & ~RevertFlag.RUNNING.value()) | RevertFlag.PAUSED.value()
        : flags;
  }

  /** Returns whether a run needs a running guest after the revert. */
  boolean needsRunningGuest() {
    return guestWait.isPresent() || has(Option.RECONNECTING_NETWORK) || resumesTogether();
  }

  /** Returns whether a run makes a plan first. */
  boolean plansFirst() {
    return has(Option.GUARDED) || has(Option.SAFETY_SNAPSHOT) || has(Option.UNDOING);
  }
}
