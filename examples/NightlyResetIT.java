import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import org.junit.jupiter.api.Test;

/** Tests {@link NightlyReset} with libvirt's test driver. */
class NightlyResetIT {
  @Test
  void domain_isResetAndRunning() throws LibvirtException {
    try (Connect connect = new Connect("test:///default");
        Domain domain = connect.domainLookupByName("test")) {
      domain
          .snapshotCreateXML("<domainsnapshot><name>clean-install</name></domainsnapshot>")
          .close();
      domain.destroy();

      assertFalse(
          NightlyReset.needsApproval(
              SnapshotReverter.of(domain).to("clean-install").running().plan()));
      assertEquals("reset to clean-install", NightlyReset.of(domain).run());
      assertEquals(DomainState.RUNNING, domain.getState().state());
    }
  }
}
