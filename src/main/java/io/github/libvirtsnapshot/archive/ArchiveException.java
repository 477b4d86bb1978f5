package io.github.libvirtsnapshot.archive;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if {@link SnapshotArchive#restoreTo} did not add all snapshots. If the plan has
 * {@linkplain ArchivePlan#refusals refusals}, nothing was changed. Otherwise a call failed: {@link
 * #getCause} is the exception, and another {@code restoreTo} continues.
 */
public final class ArchiveException extends LibvirtException {
  private static final long serialVersionUID = 1;

  private final ArchivePlan plan;
  private final List<String> added;
  private final List<String> notAdded;

  ArchiveException(
      String message,
      ArchivePlan plan,
      List<String> added,
      List<String> notAdded,
      @Nullable Throwable cause) {
    super(
        message,
        cause instanceof LibvirtException e ? e.getError() : LibvirtError.none(message),
        cause);
    this.plan = checkNotNull(plan, "plan is null");
    this.added = List.copyOf(added);
    this.notAdded = List.copyOf(notAdded);
  }

  /** Returns the plan. */
  public ArchivePlan plan() {
    return plan;
  }

  /** Returns the names of the snapshots of the plan that were added. */
  public List<String> added() {
    return added;
  }

  /**
   * Returns the names of the snapshots of the plan that were not added. A snapshot that is neither
   * here nor in {@link #added} may have been added: the call failed, and libvirt could not be
   * queried after that.
   */
  public List<String> notAdded() {
    return notAdded;
  }
}
