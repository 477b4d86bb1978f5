package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.util.function.Consumer;

/**
 * Receives the events of a revert, in order, on the thread that runs the revert. Each method does
 * nothing unless overridden; {@link #of} makes a listener of two lambdas.
 *
 * <p>Exceptions that a method throws are logged and do not affect the revert. A method that does
 * not return blocks the revert.
 */
public interface RevertListener {
  /**
   * A plan was made; only with {@code guarded()} or {@code withSafetySnapshot()}, or for an undo.
   * With {@code retrying(...)}, there can be several plans.
   */
  default void planned(RevertPlan plan) {}

  /** The safety snapshot was created. */
  default void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {}

  /** libvirt's revert function is called next. */
  default void reverting(RevertRequest request, DomainStatus before) {}

  /** An attempt failed, and the call is repeated after the delay. */
  default void retrying(RevertRequest request, RevertAttempt failed) {}

  /**
   * The domain was reverted, and the wait for the guest begins; only with {@code awaitingGuest()}.
   */
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
