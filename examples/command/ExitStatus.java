package command;

import io.github.libvirtsnapshot.revert.RevertOutcome;
import picocli.CommandLine;

/** The exit statuses of the commands; picocli has the one for wrong usage. */
public final class ExitStatus {
  public static final int DONE = CommandLine.ExitCode.OK;
  public static final int FAILED = 1;
  public static final int NOT_STARTED = 3;
  public static final int UNKNOWN = 4;
  public static final int ROLLED_BACK = 5;

  private ExitStatus() {}

  /** Returns the exit status for a domain with this outcome. */
  public static int of(RevertOutcome outcome) {
    return switch (outcome) {
      case REVERTED -> DONE;
      case NOT_STARTED -> NOT_STARTED;
      case FAILED,
          WRONG_STATE,
          ROLLBACK_FAILED,
          LINKS_NOT_SET,
          NOT_RESUMED,
          GUEST_SILENT,
          CLOCK_NOT_SET ->
          FAILED;
      case UNKNOWN, IN_PROGRESS -> UNKNOWN;
      case ROLLED_BACK -> ROLLED_BACK;
    };
  }
}
