package user.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.junit.RevertedDomain;
import io.github.libvirtsnapshot.revert.RevertReport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The JUnit extension, in a named module. */
class CleanLabTest {
  private static Connect connect;

  @BeforeAll
  static void takeSnapshot() throws LibvirtException {
    connect = new Connect("test:///default");
    try (Domain domain = connect.domainLookupByName("test")) {
      domain.snapshotCreateXML("<domainsnapshot><name>clean</name></domainsnapshot>").close();
    }
  }

  @AfterAll
  static void disconnect() {
    connect.close();
  }

  @Test
  @RevertedDomain(
      uri = "test:///default",
      domain = "test",
      snapshot = "clean",
      flags = RevertFlag.RUNNING)
  void domainIsReverted(Domain domain, RevertReport report) throws LibvirtException {
    assertTrue(Connect.class.getModule().isNamed());
    assertFalse(Connect.class.getModule().getDescriptor().isAutomatic());
    assertEquals(DomainState.RUNNING, report.after().state());
    assertTrue(domain.isActive());
    assertEquals("clean", report.snapshot());
  }
}
