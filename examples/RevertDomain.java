import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.RevertFlag;
import io.github.libvirtsnapshot.jna.LibvirtUnavailableException;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        --running      leave the domain running, whatever state the snapshot was taken in
        --paused       leave it paused, whatever state the snapshot was taken in
        --force        go ahead where libvirt says that "revert requires force"
        --reset-nvram  initialise the NVRAM from its template again
        --help         print this text

      exit status:
        0  reverted
        1  not reverted, or not as asked; the message says what the domain was left as
        2  wrong usage
        3  nothing was done: the connection, the domain or the snapshot could not be found
        4  nobody knows what was done: libvirt could not be asked afterwards

      example:
        RevertDomain qemu:///system web01 clean-install --running
      """;

  private static final Map<String, RevertFlag> FLAGS =
      Map.of(
          "--running", RevertFlag.RUNNING,
          "--paused", RevertFlag.PAUSED,
          "--force", RevertFlag.FORCE,
          "--reset-nvram", RevertFlag.RESET_NVRAM);

  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int NOTHING_DONE = 3;
  private static final int UNKNOWN = 4;

  /** What this program prints says the same as the library's log; kept, lest it be collected. */
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
      if (!FLAGS.containsKey(option)) {
        return usage("there is no option " + option);
      }
    }
    if (options.contains("--running") && options.contains("--paused")) {
      return usage("--running and --paused exclude each other");
    }
    if (names.size() != 3) {
      return usage("URI, DOMAIN and SNAPSHOT are needed, " + names.size() + " given");
    }
    RevertFlag[] flags = options.stream().map(FLAGS::get).toArray(RevertFlag[]::new);
    return revert(names.get(0), names.get(1), names.get(2), flags);
  }

  private static int revert(String uri, String domainName, String snapshot, RevertFlag[] flags) {
    try (Connect connect = new Connect(uri);
        Domain domain = connect.domainLookupByName(domainName)) {
      return revert(SnapshotReverter.of(domain).to(snapshot).flags(flags));
    } catch (LibvirtException | LibvirtUnavailableException | IllegalArgumentException e) {
      System.err.printf(
          "RevertDomain: domain %s at %s: %s%n",
          LogText.quote(domainName), LogText.quote(uri), LogText.escape(e.getMessage()));
      return NOTHING_DONE;
    }
  }

  private static int revert(SnapshotReverter reverter) {
    try {
      RevertReport report = reverter.revert();
      System.out.printf(
          "%s: %s -> %s, snapshot %s, %d ms%n",
          LogText.escape(report.domain()),
          report.before().stateAndReason(),
          report.after().stateAndReason(),
          LogText.escape(report.snapshot()),
          report.elapsed().toMillis());
      return 0;
    } catch (RevertException e) {
      System.err.println("RevertDomain: " + e.getMessage());
      return switch (e.outcome()) {
        case NOT_STARTED -> NOTHING_DONE;
        case FAILED, WRONG_STATE -> FAILED;
        case UNKNOWN -> UNKNOWN;
      };
    }
  }

  private static int usage(String problem) {
    System.err.println("RevertDomain: " + LogText.escape(problem) + "; --help says more");
    return USAGE;
  }
}
