package io.github.libvirtsnapshot.creation;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if {@link SnapshotMaker#take} did not take the snapshot, or if the snapshot or the guest
 * is not as planned. If the plan has {@linkplain SnapshotPlan#refusals refusals}, nothing was
 * changed.
 */
public final class SnapshotException extends LibvirtException {
  private static final long serialVersionUID = 1;

  private final SnapshotPlan plan;
  private final @Nullable Boolean exists;
  private final List<String> notRestored;

  SnapshotException(
      String message,
      SnapshotPlan plan,
      Optional<Boolean> exists,
      List<String> notRestored,
      Optional<Throwable> cause) {
    super(message, error(message, cause), cause.orElse(null));
    this.plan = checkNotNull(plan, "plan is null");
    this.exists = exists.orElse(null);
    this.notRestored = List.copyOf(notRestored);
  }

  private static LibvirtError error(String message, Optional<Throwable> cause) {
    return cause.orElse(null) instanceof LibvirtException e
        ? e.getError()
        : LibvirtError.none(message);
  }

  /** Returns the plan. */
  public SnapshotPlan plan() {
    return plan;
  }

  /**
   * Returns whether libvirt has a snapshot of this name; empty if libvirt could not be queried
   * after a call that failed. If libvirt has none, but failed after it had switched the disks to
   * overlays, the guest uses these overlays: the message names them.
   */
  public Optional<Boolean> exists() {
    return Optional.ofNullable(exists);
  }

  /**
   * Returns what the library or the snapshot changed of the guest and was not restored, or may not
   * be, each with the command that restores it, on one line. Other changes of the state of the
   * guest are in the message only.
   */
  public List<String> notRestored() {
    return notRestored;
  }
}
