package io.github.libvirtsnapshot.integration;

import com.google.common.base.Joiner;
import io.github.libvirtsnapshot.flags.RevertFlag;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * An action of a random walk.
 *
 * @param index selects the disk or the snapshot: the index modulo the number of disks or snapshots
 * @param variant a number from which content, snapshot kind and flags are derived
 */
record WalkAction(Type type, int index, int variant) {
  private static final List<String> KINDS =
      List.of("internal", "internal", "internal", "external", "memory");
  private static final List<String> DISKS = List.of("vda", "vdb", "vdc");
  private static final List<String> TITLES = List.of("one", "two");
  private static final List<String> CHAIN_CHANGES =
      List.of("commit_middle", "commit_top", "pull", "move_to_copy");
  private static final List<String> LIVE_DEVICES =
      List.of("plug_disk", "plug_cpu", "plug_interface");
  private static final List<String> BITMAP_CHANGES =
      List.of("add_bitmap", "forget_checkpoints", "remove_bitmaps");
  private static final List<String> MEDIUM_CHANGES =
      List.of("remove_medium", "replace_medium", "eject_medium");
  private static final List<String> HOST_CHANGES =
      List.of(
          "remove_secret",
          "restore_secret",
          "remove_emulator",
          "restore_emulator",
          "upgrade_emulator",
          "reset_tpm");
  private static final List<Integer> SHIFTS = List.of(0, 3600, -3600);

  /** The requests that name a disk. */
  private static final Set<String> OF_DISK =
      Set.of("commit_middle", "commit_top", "pull", "move_to_copy", "plug_disk", "add_bitmap");

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
    REDEFINE_SNAPSHOT,
    ADD_SNAPSHOT_TO_IMAGE,
    CHANGE_CHAIN,
    NAME_IMAGE,
    PLUG,
    CHANGE_BITMAPS,
    CHANGE_MEDIUM,
    CHANGE_HOST,
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

  /** Returns whether the library pauses the guest for the new snapshot. */
  boolean pausesFirst() {
    return variant % 7 == 0;
  }

  /** Returns whether the library leaves a disk out of the new snapshot. */
  boolean leavesDiskOut() {
    return variant % 5 == 1;
  }

  /** Returns whether the library takes the new snapshot. */
  boolean takesByLibrary() {
    return variant % 4 < 2;
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

  /** Returns the name of a new snapshot that can be mistaken for the ID of another one. */
  String number() {
    return String.valueOf(1 + index);
  }

  /** Returns the name of a new snapshot; names are taken again. */
  String newName(String unused, List<String> released) {
    return switch (variant % 3) {
      case 0 -> number();
      case 1 -> released.isEmpty() ? unused : pick(released, index);
      default -> unused;
    };
  }

  boolean addsNumber() {
    return variant % 2 == 0;
  }

  /**
   * Returns the request to {@code guest_driver.py} and its arguments.
   *
   * @param snapshot the name of the snapshot; not used by actions without a snapshot
   */
  List<Object> request(String snapshot) {
    return switch (type) {
      case WRITE_DISK -> List.of("write_disk", disk(), content());
      case DELETE_SNAPSHOT -> List.of("delete_snapshot", snapshot, metadataOnly() ? 2 : 0);
      case ATTACH_DISK -> List.of("attach_disk", laterDisk());
      case DETACH_DISK -> List.of("detach_disk", laterDisk());
      case SET_TITLE -> List.of("set_title", title());
      case REMOVE_SNAPSHOT_DATA -> List.of("remove_snapshot_data", snapshot);
      case BLOCK_JOB -> List.of(startsJob() ? "start_block_job" : "abort_block_job");
      case MOVE_DISK -> List.of("move_disk", laterDisk(), newTarget());
      case SHARE_IMAGE -> List.of("share_image", disk());
      case REDEFINE_SNAPSHOT -> List.of("redefine_snapshot", snapshot, shift());
      case ADD_SNAPSHOT_TO_IMAGE -> List.of("add_snapshot_to_image", snapshot);
      case CHANGE_CHAIN -> change(CHAIN_CHANGES);
      case NAME_IMAGE ->
          variant % 3 == 0
              ? List.of("name_by_volume", disk())
              : List.of("name_by_path", disk(), variant % 3 == 1);
      case PLUG -> change(LIVE_DEVICES);
      case CHANGE_BITMAPS -> change(BITMAP_CHANGES);
      case CHANGE_MEDIUM -> change(MEDIUM_CHANGES);
      case CHANGE_HOST -> change(HOST_CHANGES);
      default -> List.of(type.name().toLowerCase(Locale.ROOT));
    };
  }

  private List<Object> change(List<String> changes) {
    String change = pick(changes, variant);
    return OF_DISK.contains(change) ? List.of(change, disk()) : List.of(change);
  }

  private int shift() {
    return pick(SHIFTS, variant);
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
      case CREATE_SNAPSHOT ->
          takesByLibrary()
              ? "let the library take " + snapshot + ", " + describeSnapshotKind() + choices()
              : "create " + snapshot + ", " + describeSnapshotKind();
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
      case REDEFINE_SNAPSHOT ->
          "redefine " + snapshot + ", taken " + shift() + " s later than it was";
      case ADD_SNAPSHOT_TO_IMAGE -> "add a snapshot " + snapshot + " to the image of vda";
      case CHANGE_CHAIN, PLUG, CHANGE_BITMAPS, CHANGE_MEDIUM, CHANGE_HOST, NAME_IMAGE ->
          Joiner.on(' ').join(request(snapshot)).replace('_', ' ');
      case REVERT -> "revert to " + snapshot + describeFlags();
      case GUARDED_REVERT -> "guarded revert to " + snapshot + describeFlags();
      case REVERT_WITH_SAFETY_SNAPSHOT ->
          "revert with a safety snapshot to " + snapshot + describeFlags();
      case UNDO -> "undo the last revert (to " + snapshot + ")";
      case DELETE_SAFETY_SNAPSHOT ->
          "delete the safety snapshot of the last revert (to " + snapshot + ")";
    };
  }

  private String choices() {
    return (leavesDiskOut() ? ", without " + laterDisk() : "")
        + (pausesFirst() ? ", paused first" : "");
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

  private static <T> T pick(List<T> all, int number) {
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
