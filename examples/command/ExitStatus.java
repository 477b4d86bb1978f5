package command;

import io.github.libvirtsnapshot.revert.RevertOutcome;
import picocli.CommandLine;

/** What the commands end with; wrong usage is picocli's. */
public final class ExitStatus {
  public static final int DONE = CommandLine.ExitCode.OK;
  public static final int FAILED = 1;
  public static final int NOTHING_DONE = 3;
  public static final int UNKNOWN = 4;
  public static final int ROLLED_BACK = 5;

  private ExitStatus() {}

  /** Returns the status for one domain with this outcome. */
  public static int of(RevertOutcome outcome) {
    return switch (outcome) {
      case REVERTED -> DONE;
      case NOT_STARTED -> NOTHING_DONE;
      case FAILED, WRONG_STATE, ROLLBACK_FAILED, GUEST_SILENT, CLOCK_NOT_SET -> FAILED;
      case UNKNOWN, IN_PROGRESS -> UNKNOWN;
      case ROLLED_BACK -> ROLLED_BACK;
    };
  }
}
