import io.github.libvirtsnapshot.libvirtjava.LibvirtJava;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;

/**
 * A program for libvirt-java in which one line was changed: the revert, which had no flags and did
 * not check the state of the domain afterwards. The program needs the jar with all dependencies,
 * libvirt-java and JNA.
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
      System.out.println("state according to libvirt-java: " + domain.getInfo().state);

      // was: domain.revertToSnapshot(domain.snapshotLookupByName("clean"));
      RevertReport report = revert(domain, "clean");

      System.out.println("reverted to " + report.after().stateAndReason());
      System.out.println("state according to libvirt-java: " + domain.getInfo().state);
      revert(domain, "no such snapshot");
    } catch (LibvirtException e) {
      System.out.println("caught libvirt-java's exception: " + e.getMessage());
    } finally {
      connect.close();
    }
  }

  private static RevertReport revert(Domain original, String snapshot) throws LibvirtException {
    try (io.github.libvirtsnapshot.Domain domain = LibvirtJava.domain(original)) {
      return SnapshotReverter.of(domain).to(snapshot).running().force().revert();
    } catch (io.github.libvirtsnapshot.LibvirtException e) {
      throw LibvirtJava.toLibvirtJava(e);
    }
  }
}
