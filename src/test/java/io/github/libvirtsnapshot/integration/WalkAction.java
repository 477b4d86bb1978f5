package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.flags.RevertFlag;
import java.util.List;
import java.util.Optional;

/**
 * A step of a random walk.
 *
 * @param what what is done
 * @param which the index of the disk or of the snapshot, modulo the number that there are
 * @param how a number that content, kind and flags are derived from
 */
record WalkAction(What what, int which, int how) {
  private static final List<String> KINDS = List.of("default", "default", "external", "memory");
  private static final List<String> DISKS = List.of("vda", "vdb", "vdc");
  private static final List<String> TITLES = List.of("one", "two");

  /** What can be done. */
  enum What {
    START,
    SUSPEND,
    RESUME,
    STOP,
    KILL,
    CRASH,
    DOZE,
    WAKE,
    SAVE,
    WRITE,
    TAKE,
    DELETE,
    CHECKPOINT,
    FORGET_CHECKPOINTS,
    ATTACH,
    DETACH,
    RENAME,
    LOSE,
    MOVE,
    SHARE,
    UNSHARE,
    JOB,
    REVERT,
    REVERT_GUARDED,
    REVERT_SAFELY,
    UNDO,
    DISCARD
  }

  /** Returns the snapshot of these that the move is about; empty if there are none. */
  Optional<String> choose(List<String> snapshots) {
    return snapshots.isEmpty() ? Optional.empty() : Optional.of(pick(snapshots, which));
  }

  /** Returns the kind of the new snapshot, as {@code world.py} calls it. */
  String kind() {
    return pick(KINDS, how);
  }

  String disk() {
    return pick(DISKS, which);
  }

  /** Returns a disk that is not the first, which every guest has. */
  String laterDisk() {
    return pick(DISKS, 1 + which % 2);
  }

  /** Returns the place that a disk is moved to. */
  String newPlace() {
    return pick(DISKS, 1 + how % 2);
  }

  /** Returns the byte that is written. */
  int content() {
    return 1 + how % 200;
  }

  String title() {
    return pick(TITLES, how);
  }

  boolean metadataOnly() {
    return how % 4 == 0;
  }

  boolean startsJob() {
    return how % 2 == 0;
  }

  int flags() {
    int state =
        switch (how % 5) {
          case 0 -> RevertFlag.RUNNING.value();
          case 1 -> RevertFlag.PAUSED.value();
          default -> 0;
        };
    return state
        | (how % 3 == 0 ? RevertFlag.FORCE.value() : 0)
        | (how % 11 == 0 ? RevertFlag.RESET_NVRAM.value() : 0);
  }

  /**
   * Returns the move in words, as in {@code revert to s3, RUNNING|FORCE}.
   *
   * @param snapshot the name of the snapshot that it is about; any text if it is about none
   */
  String inWords(String snapshot) {
    return switch (what) {
      case START -> "start the guest";
      case SUSPEND -> "pause the guest";
      case RESUME -> "resume the guest";
      case STOP -> "stop the guest";
      case KILL -> "kill the guest's process";
      case CRASH -> "crash the guest";
      case DOZE -> "let the guest suspend itself to memory";
      case WAKE -> "wake the guest";
      case SAVE -> "save the guest (managed save)";
      case WRITE -> "write byte " + content() + " to " + disk();
      case TAKE -> "take " + snapshot + ", " + kindInWords();
      case DELETE -> "delete " + snapshot + (metadataOnly() ? ", its metadata only" : "");
      case CHECKPOINT -> "create a checkpoint";
      case FORGET_CHECKPOINTS -> "delete all checkpoints";
      case ATTACH -> "attach " + laterDisk() + " to the definition";
      case DETACH -> "detach " + laterDisk() + " from the definition";
      case RENAME -> "set the title to \"" + title() + "\"";
      case LOSE -> "take the data of " + snapshot + " away";
      case MOVE -> "move " + laterDisk() + " to " + newPlace() + " in the definition";
      case SHARE -> "let another domain have the image of " + disk();
      case UNSHARE -> "remove the other domain";
      case JOB -> (startsJob() ? "start a" : "abort the") + " block job on vda";
      case REVERT -> "revert to " + snapshot + flagsInWords();
      case REVERT_GUARDED -> "guarded revert to " + snapshot + flagsInWords();
      case REVERT_SAFELY -> "revert with a safety snapshot to " + snapshot + flagsInWords();
      case UNDO -> "undo the last revert (to " + snapshot + ")";
      case DISCARD -> "delete the safety snapshot of the last revert (to " + snapshot + ")";
    };
  }

  private String kindInWords() {
    return switch (kind()) {
      case "external" -> "of the disks, external";
      case "memory" -> "of memory and disks, external";
      default -> "internal";
    };
  }

  private String flagsInWords() {
    return flags() == 0 ? "" : ", " + RevertFlag.describe(flags());
  }

  private static String pick(List<String> all, int which) {
    return all.get(which % all.size());
  }

  /** Returns the move in words; the name of the snapshot is only known during the walk. */
  @Override
  public String toString() {
    return inWords(
        switch (what) {
          case TAKE, UNDO, DISCARD -> "a snapshot";
          default -> "snapshot no. " + (which + 1);
        });
  }
}
