import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.creation.SnapshotException;
import io.github.libvirtsnapshot.creation.SnapshotMaker;
import io.github.libvirtsnapshot.creation.TakenSnapshot;

/**
 * Takes a snapshot of a domain, with the memory of an active guest: {@code TakeSnapshot plan|take
 * URI DOMAIN SNAPSHOT}. Prints the plan or the parts of the snapshot.
 */
public final class TakeSnapshot {
  private TakeSnapshot() {}

  /** Plans or takes, as the first argument says. */
  public static void main(String[] args) throws LibvirtException {
    if (args.length != 4 || !args[0].matches("plan|take")) {
      System.err.println("usage: TakeSnapshot plan|take URI DOMAIN SNAPSHOT");
      System.exit(2);
    }
    try (Connect connect = new Connect(args[1]);
        Domain domain = connect.domainLookupByName(args[2])) {
      SnapshotMaker maker = SnapshotMaker.of(domain).named(args[3]).withMemory();
      if (args[0].equals("plan")) {
        System.out.println(maker.plan());
      } else {
        take(maker);
      }
    } catch (SnapshotException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void take(SnapshotMaker maker) throws LibvirtException {
    try (TakenSnapshot taken = maker.take()) {
      System.out.println(taken);
      taken.contents().forEach(System.out::println);
    }
  }
}
