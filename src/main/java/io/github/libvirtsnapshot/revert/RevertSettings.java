package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;

/**
 * How to revert: the value behind a {@link SnapshotReverter}.
 *
 * @param target null as long as it was not said
 */
record RevertSettings(
    Domain domain,
    SnapshotTarget target,
    int flags,
    boolean guarded,
    boolean safetySnapshot,
    boolean enforcingState,
    RetryPolicy retries,
    RevertListener listener) {
  static RevertSettings of(Domain domain) {
    return new RevertSettings(
        domain, null, 0, false, false, false, RetryPolicy.NEVER, new RevertListener() {});
  }

  RevertSettings with(Domain newDomain, SnapshotTarget newTarget) {
    return new RevertSettings(
        newDomain, newTarget, flags, guarded, safetySnapshot, enforcingState, retries, listener);
  }

  RevertSettings withFlags(int newFlags) {
    return new RevertSettings(
        domain, target, newFlags, guarded, safetySnapshot, enforcingState, retries, listener);
  }

  RevertSettings withGuard() {
    return new RevertSettings(
        domain, target, flags, true, safetySnapshot, enforcingState, retries, listener);
  }

  RevertSettings withSafetySnapshot() {
    return new RevertSettings(
        domain, target, flags, guarded, true, enforcingState, retries, listener);
  }

  RevertSettings withEnforcedState() {
    return new RevertSettings(
        domain, target, flags, guarded, safetySnapshot, true, retries, listener);
  }

  RevertSettings with(RetryPolicy newRetries) {
    return new RevertSettings(
        domain, target, flags, guarded, safetySnapshot, enforcingState, newRetries, listener);
  }

  RevertSettings with(RevertListener newListener) {
    return new RevertSettings(
        domain, target, flags, guarded, safetySnapshot, enforcingState, retries, newListener);
  }

  /** A revert that could be rolled back is not begun where it is known to fail. */
  boolean plansFirst() {
    return guarded || safetySnapshot;
  }
}
