package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;

/**
 * Is called at each moment of a revert, on the thread that runs it and in the order in which the
 * moments come. Each method does nothing unless overridden.
 *
 * <p>Whatever a method throws is logged and changes nothing about the revert. A method that does
 * not return holds the revert up.
 */
public interface RevertListener {
  /** The revert was planned; only with {@code guarded()} or {@code withSafetySnapshot()}. */
  default void planned(RevertPlan plan) {}

  /** The present was kept in a snapshot. */
  default void safetySnapshotTaken(RevertRequest request, String safetySnapshot) {}

  /** libvirt is about to be asked to revert. */
  default void reverting(RevertRequest request, DomainStatus before) {}

  /** libvirt could not do it for now, and will be asked again after the delay. */
  default void retrying(RevertRequest request, RevertAttempt failed) {}

  /** The domain was reverted, and its guest is waited for; only with {@code awaitingGuest()}. */
  default void awaitingGuest(RevertRequest request, DomainStatus after) {}

  /** The domain was reverted, and is in the requested state. */
  default void reverted(RevertReport report) {}

  /** It failed, and the domain was brought back to what it was. */
  default void rolledBack(RevertException failure) {}

  /** The domain was reverted, but its guest does not answer, or its clock could not be set. */
  default void guestNotReady(RevertException failure) {}

  /** It was not started, or it failed. */
  default void failed(RevertException failure) {}
}
