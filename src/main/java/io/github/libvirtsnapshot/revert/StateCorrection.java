package io.github.libvirtsnapshot.revert;

/** A step that {@link SnapshotReverter#enforcingState} took to reach the requested state. */
public enum StateCorrection {
  /** The domain was started: {@code virDomainCreate}. */
  CREATED,
  /** The domain was started paused: {@code VIR_DOMAIN_START_PAUSED}. */
  CREATED_PAUSED,
  /** The domain was resumed: {@code virDomainResume}. */
  RESUMED,
  /** The domain was paused: {@code virDomainSuspend}. */
  SUSPENDED
}
