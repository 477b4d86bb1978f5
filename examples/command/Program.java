package command;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * A command: parses the arguments, prints problems on standard error, handles Ctrl-C, and exits
 * with an {@link ExitStatus}.
 */
@Command(sortOptions = false, usageHelpWidth = 100, exitCodeListHeading = "%nexit status:%n")
public abstract class Program implements Callable<Integer> {
  /** The last lines of each help text. */
  public static final String ABOUT_HYPHENS =
      "After --, no argument is an option: scripts need it, as a name may begin with a hyphen.";

  /** The maximum wait for libvirt if no other limit is set. */
  protected static final Duration PATIENCE = Duration.ofMinutes(1);

  /**
   * The logger of the library, which is switched off: the command prints the results itself. The
   * reference is strong because LogManager holds loggers weakly.
   */
  private static final Logger LIBRARY_LOG = Logger.getLogger("io.github.libvirtsnapshot");

  private final CountDownLatch over = new CountDownLatch(1);

  private CommandLine commandLine;

  // Options without an order come first.
  @Option(names = "--json", order = 1, description = "print the result as one JSON object")
  private boolean json;

  /** Read by picocli only. */
  @SuppressWarnings("UnusedVariable")
  @Option(names = "--help", order = 3, usageHelp = true, description = "print this help")
  private boolean help;

  /** Runs the command, and exits. */
  protected final void run(String... args) {
    LIBRARY_LOG.setLevel(Level.OFF);
    Runtime.getRuntime().addShutdownHook(new Thread(this::handleShutdown));
    int status = execute(args);
    over.countDown();
    System.exit(status);
  }

  /** Runs the command, and returns its exit status. */
  public final int execute(String... args) {
    commandLine =
        new CommandLine(this)
            .setExpandAtFiles(false)
            .registerConverter(Integer.class, Program::positiveNumber)
            .setParameterExceptionHandler((e, arguments) -> reject(e));
    return commandLine.execute(args);
  }

  private static int positiveNumber(String text) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // The exception below has a better message.
    }
    throw new TypeConversionException(
        SafeText.quote(text) + " is not a whole number from 1 to " + Integer.MAX_VALUE);
  }

  private int reject(ParameterException e) {
    complain(SafeText.withoutSecrets(problem(e)) + "; see --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static String problem(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
      return "too many arguments: omit "
          + unmatched.getUnmatched().stream()
              .map(SafeText::quote)
              .collect(Collectors.joining(", "));
    }
    if (e instanceof MissingParameterException missing
        && missing.getMissing().get(0).isPositional()) {
      String synopsis = e.getCommandLine().getCommandSpec().usageMessage().customSynopsis()[0];
      return missing.getMissing().get(0).paramLabel() + " is missing; type: " + synopsis;
    }
    return e.getMessage().replaceFirst("^Error: ", "");
  }

  /** Runs when the process ends for any reason. */
  private void handleShutdown() {
    if (over.getCount() == 0) {
      return;
    }
    try {
      handleInterruption();
    } catch (InterruptedException e) {
      complain("stopped waiting; libvirt continues");
    }
  }

  /**
   * Prints what was done when Ctrl-C or another signal ends the process before the command ends.
   */
  protected abstract void handleInterruption() throws InterruptedException;

  /** Waits for the end of an interrupted command; returns false if it does not end in time. */
  protected final boolean endsInTime() throws InterruptedException {
    return over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Prints a problem on standard error. */
  protected final void complain(String problem) {
    String name = getClass().getAnnotation(Command.class).name();
    System.err.println(name + ": " + SafeText.escapeMessage(problem));
  }

  /** Returns the exception for wrong arguments. */
  protected final ParameterException wrongUsage(IllegalArgumentException cause) {
    return new ParameterException(commandLine, cause.getMessage(), cause);
  }

  /** Throws an IllegalArgumentException with this message if a condition is false. */
  protected static void check(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  /** Returns whether --json was given. */
  protected final boolean printsJson() {
    return json;
  }

  /** Returns whether standard input and standard error are a terminal. */
  protected static boolean isOnTerminal() {
    return Boolean.getBoolean("example.terminal");
  }
}
