import io.github.libvirtsnapshot.libvirtjava.LibvirtJava;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;

/**
 * A program that uses libvirt-java, with one line changed: where it reverted without flags and
 * without knowing what came of it. It runs on the jar with all dependencies, libvirt-java and JNA.
 */
public final class BesideLibvirtJava {
  private BesideLibvirtJava() {}

  /** Reverts the domain of libvirt's test driver. */
  public static void main(String[] args) throws LibvirtException {
    Connect connect = new Connect("test:///default");
    try {
      Domain domain = connect.domainLookupByName("test");
      domain.snapshotCreateXML("<domainsnapshot><name>clean</name></domainsnapshot>");
      domain.destroy();
      System.out.println("libvirt-java says: " + domain.getInfo().state);

      // was: domain.revertToSnapshot(domain.snapshotLookupByName("clean"));
      RevertReport report = revert(domain, "clean");

      System.out.println("reverted to " + report.after().stateAndReason());
      System.out.println("libvirt-java says: " + domain.getInfo().state);
      revert(domain, "no such snapshot");
    } catch (LibvirtException e) {
      System.out.println("the catch clause for libvirt-java's exception got: " + e.getMessage());
    } finally {
      connect.close();
    }
  }

  private static RevertReport revert(Domain theirs, String snapshot) throws LibvirtException {
    try (io.github.libvirtsnapshot.Domain domain = LibvirtJava.domain(theirs)) {
      return SnapshotReverter.of(domain).to(snapshot).running().force().revert();
    } catch (io.github.libvirtsnapshot.LibvirtException e) {
      throw LibvirtJava.toLibvirtJava(e);
    }
  }
}
