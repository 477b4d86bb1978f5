package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.util.function.Consumer;

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

  /**
   * The revert ended with an exception: {@link RevertException#outcome} says whether it was not
   * started, failed or was rolled back, or whether only the guest is not ready.
   */
  default void failed(RevertException failure) {}

  /** Returns a listener for the end of a revert. */
  static RevertListener of(Consumer<RevertReport> reverted, Consumer<RevertException> failed) {
    checkNotNull(reverted, "reverted is null");
    checkNotNull(failed, "failed is null");
    return new RevertListener() {
      @Override
      public void reverted(RevertReport report) {
        reverted.accept(report);
      }

      @Override
      public void failed(RevertException failure) {
        failed.accept(failure);
      }
    };
  }
}
