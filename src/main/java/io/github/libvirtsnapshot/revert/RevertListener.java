package io.github.libvirtsnapshot.revert;

/**
 * Is told of the moments of a revert, on the thread that runs it and in the order in which they
 * come. Each method does nothing unless overridden. What one throws is logged, and does not stop
 * the revert.
 */
public interface RevertListener {
  /** The revert was planned; only where {@code guarded()} or {@code withSafetySnapshot()} plan. */
  default void planned(RevertPlan plan) {}

  /** The present was kept in a snapshot. */
  default void safetySnapshotTaken(RevertRequest request, String safetySnapshot) {}

  /** libvirt is about to be asked to revert. */
  default void reverting(RevertRequest request, DomainStatus before) {}

  /** libvirt could not do it for now, and will be asked again after the delay. */
  default void retrying(RevertRequest request, RevertAttempt failed) {}

  /** The domain is what was asked for. */
  default void reverted(RevertReport report) {}

  /** It failed, and the domain was brought back to what it was. */
  default void rolledBack(RevertException failure) {}

  /** It failed. */
  default void failed(RevertException failure) {}
}
