package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * Describes the snapshot that {@code SnapshotMaker.take()} would take now. Planning does not change
 * the domain. A plan describes the moment at which it was made.
 *
 * @param domain the name of the domain
 * @param driver libvirt's name of the hypervisor driver, as in {@code QEMU}
 * @param libvirtVersion the version of libvirt on the host, as 1,000,000 * major + 1,000 * minor +
 *     release
 * @param before the present state of the domain
 * @param snapshot the snapshot as libvirt would describe it: where the memory and each disk are
 *     stored, and the state that a revert restores
 * @param whyExternal why the library chose an external snapshot, on one line; empty if the snapshot
 *     is internal, or if the caller requested the kind
 * @param steps what happens to the guest, in order, each on one line; empty if the guest is not
 *     prepared
 * @param contents for each part of the domain, whether a revert restores it, and the reason for
 *     each part that is not included. Empty if the library has no such information about the driver
 * @param room the room that the snapshot needs, by folder
 * @param refusals the reasons why no snapshot is taken, each with the way out, on one line; empty
 *     if the snapshot can be taken
 * @param revertRefusal the error of a revert to the snapshot on this libvirt, if the revert would
 *     fail
 * @param unknowns conditions that could not be checked
 * @param transientPools the folders over which the library created a transient storage pool to read
 *     images for this plan
 */
public record SnapshotPlan(
    String domain,
    String driver,
    long libvirtVersion,
    DomainStatus before,
    SnapshotDetails snapshot,
    Optional<String> whyExternal,
    List<String> steps,
    List<RestoredPart> contents,
    List<Room> room,
    List<String> refusals,
    Optional<Refusal> revertRefusal,
    List<String> unknowns,
    List<String> transientPools)
    implements Serializable {

  /** Copies the lists. No component may be null. */
  public SnapshotPlan {
    checkNotNull(domain, "domain is null");
    checkNotNull(driver, "driver is null");
    checkNotNull(before, "before is null");
    checkNotNull(snapshot, "snapshot is null");
    checkNotNull(whyExternal, "whyExternal is null");
    steps = List.copyOf(checkNotNull(steps, "steps is null"));
    contents = List.copyOf(checkNotNull(contents, "contents is null"));
    room = List.copyOf(checkNotNull(room, "room is null"));
    refusals = List.copyOf(checkNotNull(refusals, "refusals is null"));
    checkNotNull(revertRefusal, "revertRefusal is null");
    unknowns = List.copyOf(checkNotNull(unknowns, "unknowns is null"));
    transientPools = List.copyOf(checkNotNull(transientPools, "transientPools is null"));
  }

  /**
   * The room that a snapshot needs in a folder of the host, in bytes.
   *
   * @param folder the absolute path of the folder
   * @param now how much the files in the folder grow at most while the snapshot is taken. The
   *     memory of the guest counts in full, although QEMU does not save pages of zeros
   * @param later how much the files in the folder grow at most afterwards, because of the snapshot,
   *     if the guest writes to all of its disks; empty if libvirt does not know the sizes
   * @param available how much the folder had when its storage pool was refreshed last; empty if no
   *     active storage pool has the folder
   */
  public record Room(String folder, long now, Optional<Long> later, Optional<Long> available)
      implements Serializable {
    private static final long MIB = 1024L * 1024;

    /** No component may be null or negative. */
    public Room {
      checkNotNull(folder, "folder is null");
      checkArgument(now >= 0, "now is negative: %s", now);
      checkNotNull(later, "later is null");
      checkNotNull(available, "available is null");
    }

    /** Returns one line, in whole MiB, rounded up. */
    @Override
    public String toString() {
      return LogEscaper.quote(folder)
          + ": "
          + mib(now)
          + " now, "
          + later.map(bytes -> "at most " + mib(bytes) + " later").orElse("later unknown")
          + ", "
          + available.map(bytes -> mib(bytes) + " available").orElse("available unknown");
    }

    private static String mib(long bytes) {
      return bytes / MIB + (bytes % MIB == 0 ? 0 : 1) + " MiB";
    }

    private Object writeReplace() {
      return SerializedRecord.of(this);
    }
  }

  /** Returns whether a revert to the snapshot would succeed, as far as the library knows. */
  public boolean isRevertible() {
    return revertRefusal.isEmpty();
  }

  /** Returns the plan as human-readable text of several lines. */
  @Override
  public String toString() {
    return SnapshotPlanText.of(this);
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
