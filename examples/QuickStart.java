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
 * Takes a snapshot of a running and of a stopped domain, changes things, and reverts: {@code
 * QuickStart [URI DOMAIN]}. Without arguments it uses the domain of libvirt's test driver, which
 * lives in this process only. Any other domain has to be running and is left shut off, with two
 * snapshots more.
 */
public final class QuickStart {
  private static final String WHILE_RUNNING = "quickstart-running";
  private static final String WHILE_STOPPED = "quickstart-stopped";

  private final Domain domain;

  private QuickStart(Domain domain) {
    this.domain = domain;
  }

  /** Runs on the test driver, or on the domain that is named. */
  public static void main(String[] args) throws LibvirtException {
    String uri = args.length == 2 ? args[0] : "test:///default";
    String name = args.length == 2 ? args[1] : "test";
    try (Connect connect = new Connect(uri);
        Domain domain = connect.domainLookupByName(name)) {
      System.out.printf("libvirt %s at %s%n", version(connect.getLibVersion()), uri);
      new QuickStart(domain).run();
    }
  }

  private void run() throws LibvirtException {
    say("take snapshots of it running and stopped");
    take(WHILE_RUNNING);
    domain.destroy();
    take(WHILE_STOPPED);

    say("start and pause it, then go back to the snapshot of it running");
    domain.create();
    domain.suspend();
    SnapshotReverter toRunning = SnapshotReverter.of(domain).to(WHILE_RUNNING);
    revert(toRunning);

    say("go back to the snapshot of it stopped");
    SnapshotReverter toStopped = SnapshotReverter.of(domain).to(WHILE_STOPPED);
    revert(toStopped);

    say("the same once more, but to be running afterwards");
    revert(toStopped.running());

    say("and back to where it stopped");
    revert(toStopped);
    list();
  }

  private static void say(String what) {
    System.out.printf("%n* %s%n", what);
  }

  private void take(String name) throws LibvirtException {
    String xml = "<domainsnapshot><name>" + name + "</name></domainsnapshot>";
    try (DomainSnapshot snapshot = domain.snapshotCreateXML(xml)) {
      System.out.printf("%s: domain %s%n", snapshot, domain.getState());
    }
  }

  /** Some drivers report success, and leave another state: that is part of what is shown. */
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
      System.out.println("not done, and found out: " + e.getMessage());
    }
  }

  private void list() throws LibvirtException {
    System.out.printf("%nsnapshots of %s:%n%s%n", domain, SnapshotTree.of(domain));
  }

  private static String version(long number) {
    return number / 1_000_000 + "." + number / 1_000 % 1_000 + "." + number % 1_000;
  }
}
