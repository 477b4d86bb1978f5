import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;

/**
 * Takes a snapshot of a domain while it is running and another while it is shut off, changes the
 * state of the domain, and reverts it: {@code QuickStart [URI DOMAIN]}. Without arguments, the
 * program uses the domain of libvirt's test driver, which exists in this process only. Any other
 * domain has to be running; the program leaves it shut off, with two new snapshots.
 */
public final class QuickStart {
  private static final String WHILE_RUNNING = "quickstart-running";
  private static final String WHILE_STOPPED = "quickstart-stopped";

  private final Domain domain;

  private QuickStart(Domain domain) {
    this.domain = domain;
  }

  /** Uses the test driver, or the domain of the arguments. */
  public static void main(String[] args) throws LibvirtException {
    if (args.length != 0 && args.length != 2) {
      System.err.println("usage: QuickStart [URI DOMAIN]");
      System.exit(2);
    }
    String uri = args.length == 2 ? args[0] : "test:///default";
    String name = args.length == 2 ? args[1] : "test";
    try (Connect connect = new Connect(uri);
        Domain domain = connect.domainLookupByName(name)) {
      System.out.printf("libvirt %s at %s%n", version(connect.getLibVersion()), uri);
      new QuickStart(domain).run();
    }
  }

  private void run() throws LibvirtException {
    say("take a snapshot of the running domain, and one of the domain when it is shut off");
    take(WHILE_RUNNING);
    domain.destroy();
    take(WHILE_STOPPED);

    say("start and pause the domain, then revert to the snapshot of the running domain");
    domain.create();
    domain.suspend();
    SnapshotReverter toRunning = SnapshotReverter.of(domain).to(WHILE_RUNNING);
    revert(toRunning);

    say("revert to the snapshot of the domain that was shut off");
    SnapshotReverter toStopped = SnapshotReverter.of(domain).to(WHILE_STOPPED);
    revert(toStopped);

    say("revert to the same snapshot, but request a running domain");
    revert(toStopped.running());

    say("revert to the snapshot of the domain that was shut off again");
    revert(toStopped);
    list();
  }

  private static void say(String step) {
    System.out.printf("%n* %s%n", step);
  }

  private void take(String name) throws LibvirtException {
    String xml = "<domainsnapshot><name>" + name + "</name></domainsnapshot>";
    try (DomainSnapshot snapshot = domain.snapshotCreateXML(xml)) {
      System.out.printf("%s: domain %s%n", snapshot, domain.getState());
    }
  }

  /**
   * Some drivers report success but leave another state than requested; the library detects that.
   */
  private static void revert(SnapshotReverter reverter) throws RevertException {
    try {
      RevertReport report = reverter.revert();
      System.out.printf(
          "before: %s%nafter:  %s%n",
          report.before().stateAndReason(), report.after().stateAndReason());
    } catch (RevertException e) {
      if (e.outcome() != RevertOutcome.WRONG_STATE) {
        throw e;
      }
      System.out.println("detected: " + e.getMessage());
    }
  }

  private void list() throws LibvirtException {
    System.out.printf("%nsnapshots of %s:%n%s%n", domain, SnapshotTree.of(domain));
  }

  private static String version(long number) {
    return number / 1_000_000 + "." + number / 1_000 % 1_000 + "." + number % 1_000;
  }
}
