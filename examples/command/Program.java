package command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * A command: parses the arguments, prints problems on standard error, handles Ctrl-C, and exits
 * with an {@link ExitStatus}.
 */
public abstract class Program implements Callable<Integer> {
  /** The last lines of each help text. */
  public static final String ABOUT_HYPHENS =
      "After --, no argument is an option: scripts need --, because a name can begin with a hyphen.";

  /** The maximum wait for libvirt if no other limit is set. */
  protected static final Duration PATIENCE = Duration.ofMinutes(1);

  /**
   * The logger of the library, which is switched off: the command prints the results itself. The
   * reference is strong because LogManager holds loggers weakly.
   */
  private static final Logger LIBRARY_LOG = Logger.getLogger("io.github.libvirtsnapshot");

  private final CountDownLatch over = new CountDownLatch(1);

  @Spec private CommandSpec spec;

  /** Read by picocli only. */
  @SuppressWarnings("UnusedVariable")
  @Mixin
  private StandardOptions standardOptions;

  // Options without an order come first.
  @Option(names = "--json", order = 1, description = "print the result as one JSON object")
  private boolean json;

  /** Runs a command or one of its subcommands, and exits. */
  public static void run(Object command, String... args) {
    LIBRARY_LOG.setLevel(Level.OFF);
    System.exit(execute(command, args));
  }

  /** Runs a command or one of its subcommands, and returns the exit status. */
  public static int execute(Object command, String... args) {
    CommandLine commandLine = new CommandLine(command);
    List<String> sections = new ArrayList<>(commandLine.getHelpSectionKeys());
    // A header is for the list of commands and for the manual pages.
    sections.remove(UsageMessageSpec.SECTION_KEY_HEADER);
    commandLine.getSubcommands().values().forEach(Program::useFullName);
    return commandLine
        .setHelpSectionKeys(sections)
        .setExpandAtFiles(false)
        .registerConverter(Integer.class, Program::positiveNumber)
        .setParameterExceptionHandler((e, arguments) -> reject(e))
        .execute(args);
  }

  /** Writes the name of the program before that of a subcommand, in its synopsis and examples. */
  private static void useFullName(CommandLine subcommand) {
    CommandSpec spec = subcommand.getCommandSpec();
    UnaryOperator<String[]> replace =
        lines ->
            Arrays.stream(lines)
                .map(
                    line ->
                        line.replaceFirst(
                            "^( *)" + spec.name() + " ", "$1" + spec.qualifiedName() + " "))
                .toArray(String[]::new);
    UsageMessageSpec usage = spec.usageMessage();
    usage.customSynopsis(replace.apply(usage.customSynopsis()));
    usage.footer(replace.apply(usage.footer()));
    usage.width(usage.width() + spec.qualifiedName().length() - spec.name().length());
  }

  @Override
  public final Integer call() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::handleShutdown));
    try {
      return perform();
    } finally {
      over.countDown();
    }
  }

  /** Does what the arguments say, and returns the exit status. */
  protected abstract int perform();

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

  private static int reject(ParameterException e) {
    complain(
        e.getCommandLine().getCommandSpec(), SafeText.withoutSecrets(problem(e)) + "; see --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static String problem(ParameterException e) {
    String commands = String.join(", ", e.getCommandLine().getSubcommands().keySet());
    if (e instanceof UnmatchedArgumentException unmatched) {
      List<String> arguments = unmatched.getUnmatched().stream().map(SafeText::quote).toList();
      if (unmatched.isUnknownOption()) {
        List<String> similar = unmatched.getSuggestions();
        return "there is no option "
            + arguments.get(0)
            + (similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?");
      }
      return commands.isEmpty()
          ? "too many arguments: omit " + String.join(", ", arguments)
          : "there is no command " + arguments.get(0) + "; the commands are " + commands;
    }
    if (!commands.isEmpty() && e.getArgSpec() == null) {
      return "COMMAND is missing; the commands are " + commands;
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
    complain(spec, problem);
  }

  static void complain(CommandSpec command, String problem) {
    System.err.println(command.name() + ": " + SafeText.escapeMessage(problem));
  }

  /** Returns how a user types the name of this command. */
  protected final String typedName() {
    return spec.qualifiedName();
  }

  /** Returns the exception for wrong arguments. */
  protected final ParameterException wrongUsage(IllegalArgumentException cause) {
    return new ParameterException(spec.commandLine(), cause.getMessage(), cause);
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

  /**
   * Returns whether standard input and standard error are a terminal. The scripts find that out;
   * without them, the command expects a terminal, and so asks for confirmation.
   */
  protected static boolean isOnTerminal() {
    return !"false".equals(System.getProperty("example.terminal"));
  }
}
