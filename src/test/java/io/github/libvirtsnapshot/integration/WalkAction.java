package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.flags.RevertFlag;
import java.util.List;
import java.util.Optional;

/**
 * An action of a random walk.
 *
 * @param index selects the disk or the snapshot: the index modulo the number of disks or snapshots
 * @param variant a number from which content, snapshot kind and flags are derived
 */
record WalkAction(Type type, int index, int variant) {
  private static final List<String> KINDS = List.of("internal", "internal", "external", "memory");
  private static final List<String> DISKS = List.of("vda", "vdb", "vdc");
  private static final List<String> TITLES = List.of("one", "two");

  /** The type of an action. */
  enum Type {
    START,
    SUSPEND,
    RESUME,
    STOP,
    KILL_PROCESS,
    CRASH,
    SUSPEND_TO_MEMORY,
    WAKE_UP,
    MANAGED_SAVE,
    WRITE_DISK,
    CREATE_SNAPSHOT,
    DELETE_SNAPSHOT,
    CREATE_CHECKPOINT,
    DELETE_CHECKPOINTS,
    ATTACH_DISK,
    DETACH_DISK,
    SET_TITLE,
    REMOVE_SNAPSHOT_DATA,
    MOVE_DISK,
    SHARE_IMAGE,
    REMOVE_OTHER_DOMAIN,
    BLOCK_JOB,
    REVERT,
    GUARDED_REVERT,
    REVERT_WITH_SAFETY_SNAPSHOT,
    UNDO,
    DELETE_SAFETY_SNAPSHOT
  }

  /** Returns the snapshot that the action selects; empty if there are no snapshots. */
  Optional<String> choose(List<String> snapshots) {
    return snapshots.isEmpty() ? Optional.empty() : Optional.of(pick(snapshots, index));
  }

  /** Returns the kind of the new snapshot, in the terms of {@code guest_driver.py}. */
  String snapshotKind() {
    return pick(KINDS, variant);
  }

  String disk() {
    return pick(DISKS, index);
  }

  /** Returns a disk other than vda; every guest has vda. */
  String laterDisk() {
    return pick(DISKS, 1 + index % 2);
  }

  /** Returns the new target name of a disk. */
  String newTarget() {
    return pick(DISKS, 1 + variant % 2);
  }

  /** Returns the byte to write. */
  int content() {
    return 1 + variant % 200;
  }

  String title() {
    return pick(TITLES, variant);
  }

  boolean metadataOnly() {
    return variant % 4 == 0;
  }

  boolean startsJob() {
    return variant % 2 == 0;
  }

  int flags() {
    int state =
        switch (variant % 5) {
          case 0 -> RevertFlag.RUNNING.value();
          case 1 -> RevertFlag.PAUSED.value();
          default -> 0;
        };
    return state
        | (variant % 3 == 0 ? RevertFlag.FORCE.value() : 0)
        | (variant % 11 == 0 ? RevertFlag.RESET_NVRAM.value() : 0);
  }

  /**
   * Describes the action, as in {@code revert to s3, RUNNING|FORCE}.
   *
   * @param snapshot the name of the snapshot; not used by actions without a snapshot
   */
  String describe(String snapshot) {
    return switch (type) {
      case START -> "start the guest";
      case SUSPEND -> "pause the guest";
      case RESUME -> "resume the guest";
      case STOP -> "stop the guest";
      case KILL_PROCESS -> "kill the guest's process";
      case CRASH -> "crash the guest";
      case SUSPEND_TO_MEMORY -> "make the guest suspend itself to memory";
      case WAKE_UP -> "wake up the guest";
      case MANAGED_SAVE -> "save the guest (managed save)";
      case WRITE_DISK -> "write byte " + content() + " to " + disk();
      case CREATE_SNAPSHOT -> "create " + snapshot + ", " + describeSnapshotKind();
      case DELETE_SNAPSHOT -> "delete " + snapshot + (metadataOnly() ? ", metadata only" : "");
      case CREATE_CHECKPOINT -> "create a checkpoint";
      case DELETE_CHECKPOINTS -> "delete all checkpoints";
      case ATTACH_DISK -> "attach " + laterDisk() + " to the definition";
      case DETACH_DISK -> "detach " + laterDisk() + " from the definition";
      case SET_TITLE -> "set the title to \"" + title() + "\"";
      case REMOVE_SNAPSHOT_DATA -> "remove the data of " + snapshot;
      case MOVE_DISK ->
          "change target " + laterDisk() + " to " + newTarget() + " in the definition";
      case SHARE_IMAGE -> "define another domain with the image of " + disk();
      case REMOVE_OTHER_DOMAIN -> "remove the other domain";
      case BLOCK_JOB -> (startsJob() ? "start a" : "abort the") + " block job on vda";
      case REVERT -> "revert to " + snapshot + describeFlags();
      case GUARDED_REVERT -> "guarded revert to " + snapshot + describeFlags();
      case REVERT_WITH_SAFETY_SNAPSHOT ->
          "revert with a safety snapshot to " + snapshot + describeFlags();
      case UNDO -> "undo the last revert (to " + snapshot + ")";
      case DELETE_SAFETY_SNAPSHOT ->
          "delete the safety snapshot of the last revert (to " + snapshot + ")";
    };
  }

  private String describeSnapshotKind() {
    return switch (snapshotKind()) {
      case "external" -> "external, disks only";
      case "memory" -> "external, memory and disks";
      default -> "internal";
    };
  }

  private String describeFlags() {
    return flags() == 0 ? "" : ", " + RevertFlag.describe(flags());
  }

  private static String pick(List<String> all, int number) {
    return all.get(number % all.size());
  }

  /** Describes the action by the index of its snapshot; the name is known only during the walk. */
  @Override
  public String toString() {
    return describe(
        switch (type) {
          case CREATE_SNAPSHOT, UNDO, DELETE_SAFETY_SNAPSHOT -> "a snapshot";
          default -> "snapshot no. " + (index + 1);
        });
  }
}
