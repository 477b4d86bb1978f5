package io.github.libvirtsnapshot.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailedTestSnapshotTest {
  private final FakeLibvirt libvirt = new FakeLibvirt();
  private final FakeDomain web01 = libvirt.addDomain("web01", DomainState.RUNNING);
  private final Connect connect = libvirt.connect();
  private final Domain domain = connect.domainLookupByName("web01");
  private final LogRecorder log = new LogRecorder(RevertExtension.class);

  FailedTestSnapshotTest() throws LibvirtException {}

  @AfterEach
  void close() {
    log.close();
    domain.close();
    connect.close();
  }

  @Test
  void nameOfTheSnapshotIsLogged() {
    FailedTestSnapshot result = FailedTestSnapshot.take(domain, "InstallTest.installs");

    String name = web01.snapshotNames().get(0);
    assertTrue(name.startsWith("failed-InstallTest.installs-"), name);
    assertEquals(
        "the test failed; snapshot \"" + name + "\" of domain \"web01\" was created",
        result.getMessage());
    assertEquals(List.of("INFO " + result.getMessage()), log.lines());
  }

  @Test
  void reasonForAMissingSnapshotIsLogged() {
    web01.remove();

    FailedTestSnapshot result = FailedTestSnapshot.take(domain, "InstallTest.installs");

    assertTrue(
        result
            .getMessage()
            .matches(
                "the test failed; snapshot \"failed-.*\" of domain \"web01\" could not be created: .+"),
        result.getMessage());
    assertEquals(List.of("WARNING " + result.getMessage()), log.lines());
  }
}
