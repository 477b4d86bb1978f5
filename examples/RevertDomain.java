import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LibvirtUnavailableException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Reverts a domain to a snapshot from the command line; {@code --help} says how. */
public final class RevertDomain {
  private static final String HELP =
      """
      usage: RevertDomain URI DOMAIN SNAPSHOT [option]...

      Reverts a libvirt domain to a snapshot, and checks that it is what was asked for.
      What the guest has in memory and what changed since the snapshot is lost, and
      nothing asks for confirmation.

      options:
        --plan             say what it would do now, and touch nothing
        --guarded          plan first, and do not begin what is known to fail
        --safety-snapshot  keep the present in a snapshot first, and go back to it on failure
        --enforce-state    where libvirt leaves another state than asked for, bring it there
        --retry            try again up to 5 times while the domain is busy
        --running          leave the domain running, whatever state the snapshot was taken in
        --paused           leave it paused, whatever state the snapshot was taken in
        --force            go ahead where libvirt says that "revert requires force"
        --reset-nvram      initialise the NVRAM from its template again
        --progress         show on the terminal what is going on meanwhile
        --help             print this text

      exit status:
        0  reverted; with --plan: would be reverted
        1  not reverted, or not as asked; the message says what the domain was left as
        2  wrong usage
        3  nothing was done: the connection, the domain or the snapshot could not be found,
           or the plan was against it
        4  nobody knows what was done: libvirt could not be asked afterwards
        5  it failed, and the domain was taken back to what it was before

      example:
        RevertDomain qemu:///system web01 clean-install --running
      """;

  private static final String PLAN = "--plan";

  private static final Map<String, UnaryOperator<SnapshotReverter>> OPTIONS =
      Map.of(
          PLAN,
          UnaryOperator.identity(),
          "--guarded",
          SnapshotReverter::guarded,
          "--safety-snapshot",
          SnapshotReverter::withSafetySnapshot,
          "--enforce-state",
          SnapshotReverter::enforcingState,
          "--progress",
          reverter -> reverter.listener(new Progress()),
          "--retry",
          reverter -> reverter.retrying(5, Duration.ofSeconds(1)),
          "--running",
          SnapshotReverter::running,
          "--paused",
          SnapshotReverter::paused,
          "--force",
          SnapshotReverter::force,
          "--reset-nvram",
          SnapshotReverter::resetNvram);

  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int NOTHING_DONE = 3;
  private static final int UNKNOWN = 4;
  private static final int ROLLED_BACK = 5;

  /**
   * This program prints what the library logs. A strong reference: LogManager holds loggers weakly.
   */
  private static final Logger LIBRARY_LOG = Logger.getLogger("io.github.libvirtsnapshot");

  private RevertDomain() {}

  /** Reverts, and ends the process with the status that the help text lists. */
  public static void main(String[] args) {
    LIBRARY_LOG.setLevel(Level.OFF);
    System.exit(run(args));
  }

  private static int run(String[] args) {
    List<String> options = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (String arg : args) {
      (arg.startsWith("--") ? options : names).add(arg);
    }
    if (options.contains("--help")) {
      System.out.print(HELP);
      return 0;
    }
    for (String option : options) {
      if (!OPTIONS.containsKey(option)) {
        return usage("there is no option " + option);
      }
    }
    if (options.contains("--running") && options.contains("--paused")) {
      return usage("--running and --paused exclude each other");
    }
    if (names.size() != 3) {
      return usage("URI, DOMAIN and SNAPSHOT are needed, " + names.size() + " given");
    }
    return connect(names.get(0), names.get(1), names.get(2), options);
  }

  private static int connect(String uri, String domainName, String snapshot, List<String> options) {
    try (Connect connect = new Connect(uri);
        Domain domain = connect.domainLookupByName(domainName)) {
      SnapshotReverter reverter = SnapshotReverter.of(domain).to(snapshot);
      for (String option : options) {
        reverter = OPTIONS.get(option).apply(reverter);
      }
      return options.contains(PLAN) ? plan(reverter) : revert(reverter);
    } catch (RevertException e) {
      System.err.println("RevertDomain: " + e.getMessage());
      return status(e.outcome());
    } catch (LibvirtException | LibvirtUnavailableException | IllegalArgumentException e) {
      System.err.printf(
          "RevertDomain: domain %s at %s: %s%n",
          LogText.quote(domainName), LogText.quote(uri), e.getMessage());
      return NOTHING_DONE;
    }
  }

  private static int plan(SnapshotReverter reverter) throws RevertException {
    RevertPlan plan = reverter.plan();
    System.out.println(plan);
    return plan.matchesTarget() ? 0 : FAILED;
  }

  private static int revert(SnapshotReverter reverter) throws RevertException {
    RevertReport report = reverter.revert();
    System.out.printf(
        "%s: %s -> %s, snapshot %s, %d ms%n",
        LogText.escape(report.domain()),
        report.before().stateAndReason(),
        report.after().stateAndReason(),
        LogText.escape(report.snapshot()),
        report.elapsed().toMillis());
    report
        .safetySnapshot()
        .ifPresent(name -> System.out.println("what it was before: snapshot " + name));
    return 0;
  }

  private static int status(RevertOutcome outcome) {
    return switch (outcome) {
      case REVERTED -> 0;
      case GUEST_SILENT, CLOCK_NOT_SET -> FAILED;
      case NOT_STARTED -> NOTHING_DONE;
      case FAILED, WRONG_STATE, ROLLBACK_FAILED -> FAILED;
      case UNKNOWN, IN_PROGRESS -> UNKNOWN;
      case ROLLED_BACK -> ROLLED_BACK;
    };
  }

  /** Shows what is going on, as some of it takes its time. */
  private static final class Progress implements RevertListener {
    @Override
    public void planned(RevertPlan plan) {
      System.err.println(plan);
    }

    @Override
    public void safetySnapshotTaken(RevertRequest request, String safetySnapshot) {
      System.err.println("* took safety snapshot " + safetySnapshot);
    }

    @Override
    public void reverting(RevertRequest request, DomainStatus before) {
      System.err.println("* reverting " + request);
    }

    @Override
    public void retrying(RevertRequest request, RevertAttempt failed) {
      System.err.println("* it is busy; trying again");
    }
  }

  private static int usage(String problem) {
    System.err.println("RevertDomain: " + LogText.escape(problem) + "; --help says more");
    return USAGE;
  }
}
