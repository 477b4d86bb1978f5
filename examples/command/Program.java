package command;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * A command: reads its arguments, reports problems on the standard error, and ends the process with
 * an {@link ExitStatus}, also after Ctrl-C.
 */
@Command(sortOptions = false, usageHelpWidth = 100, exitCodeListHeading = "%nexit status:%n")
public abstract class Program implements Callable<Integer> {
  /** The last line of each help text. */
  public static final String ABOUT_HYPHENS =
      "After --, nothing is an option: a name that somebody else has chosen may begin with -.";

  /** How long to wait for libvirt where no other time is given. */
  protected static final Duration PATIENCE = Duration.ofMinutes(1);

  /**
   * This program prints what the library logs. A strong reference: LogManager holds loggers weakly.
   */
  private static final Logger LIBRARY_LOG = Logger.getLogger("io.github.libvirtsnapshot");

  private final CountDownLatch over = new CountDownLatch(1);

  private CommandLine commandLine;

  // Options without an order come first.
  @Option(names = "--json", order = 1, description = "print one JSON object on the standard output")
  private boolean json;

  /** Only picocli reads it. */
  @SuppressWarnings("UnusedVariable")
  @Option(names = "--help", order = 3, usageHelp = true, description = "print this text")
  private boolean help;

  /** Runs the command, and ends the process. */
  protected final void run(String... args) {
    LIBRARY_LOG.setLevel(Level.OFF);
    Runtime.getRuntime().addShutdownHook(new Thread(this::handleShutdown));
    commandLine =
        new CommandLine(this)
            .setExpandAtFiles(false)
            .setParameterExceptionHandler((e, arguments) -> refuse(e));
    int status = commandLine.execute(args);
    over.countDown();
    System.exit(status);
  }

  private int refuse(ParameterException e) {
    complain(SafeText.withoutSecrets(e.getMessage()) + "; --help says more");
    return CommandLine.ExitCode.USAGE;
  }

  /** Runs when the process ends, for any reason. */
  private void handleShutdown() {
    if (over.getCount() == 0) {
      return;
    }
    try {
      handleInterruption();
    } catch (InterruptedException e) {
      complain("not waiting any longer; libvirt goes on with it");
    }
  }

  /** Says what was done, when Ctrl-C or another signal ends the process before the command ends. */
  protected abstract void handleInterruption() throws InterruptedException;

  /** Returns whether the command ends in time after it was interrupted. */
  protected final boolean endsInTime() throws InterruptedException {
    return over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Prints what is wrong. */
  protected final void complain(String problem) {
    String name = getClass().getAnnotation(Command.class).name();
    System.err.println(name + ": " + SafeText.escapeMessage(problem));
  }

  /** Returns what to throw if the arguments are wrong. */
  protected final ParameterException wrongUsage(IllegalArgumentException cause) {
    return new ParameterException(commandLine, cause.getMessage(), cause);
  }

  /** Checks an argument. */
  protected static void check(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  /** Returns whether --json was given. */
  protected final boolean printsJson() {
    return json;
  }

  /** Returns whether a person can see the standard error and answer on the standard input. */
  protected static boolean isOnTerminal() {
    return Boolean.getBoolean("example.terminal");
  }
}
