import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.junit.RevertExtension;
import io.github.libvirtsnapshot.junit.TestDomain;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * A JUnit test class that reverts a virtual machine before each test. A build tool runs it as any
 * other test class; its {@code main} runs it with junit-platform-console-standalone on the class
 * path. By default it uses the domain of libvirt's test driver. The system properties {@code
 * vm.uri}, {@code vm.domain} and {@code vm.snapshot} select another one.
 */
@ResourceLock(providers = RevertExtension.class)
public class CleanVmPerTest {
  private static final String URI = System.getProperty("vm.uri", "test:///default");
  private static final String DOMAIN = System.getProperty("vm.domain", "test");
  private static final String SNAPSHOT = System.getProperty("vm.snapshot", "clean");

  @RegisterExtension
  static final RevertExtension MACHINE =
      RevertExtension.of(
          TestDomain.of(URI, DOMAIN)
              .reverting(vm -> SnapshotReverter.of(vm).to(SNAPSHOT).running().enforcingState())
              .withSnapshotOnFailure());

  /** The test driver's data exists until the last connection is closed. */
  private static Connect connect;

  @BeforeAll
  static void takeSnapshotIfThereIsNone() throws LibvirtException {
    connect = new Connect(URI);
    try (Domain domain = connect.domainLookupByName(DOMAIN)) {
      if (domain.snapshotNum() == 0) {
        domain
            .snapshotCreateXML("<domainsnapshot><name>" + SNAPSHOT + "</name></domainsnapshot>")
            .close();
      }
    }
  }

  @AfterAll
  static void disconnect() {
    connect.close();
  }

  @Test
  void testThatPausesTheMachine(Domain vm) throws LibvirtException {
    assertEquals(DomainState.RUNNING, vm.getState().state());
    vm.suspend();
  }

  @Test
  void testThatStopsTheMachine(Domain vm, RevertReport report) throws LibvirtException {
    assertEquals(SNAPSHOT, report.snapshot());
    assertEquals(DomainState.RUNNING, vm.getState().state());
    vm.destroy();
  }

  @Test
  void testThatNeedsARunningMachine(Domain vm) throws LibvirtException {
    assertEquals(DomainState.RUNNING, vm.getState().state());
  }

  /** Runs the tests without a build tool. */
  public static void main(String[] args) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(CleanVmPerTest.class))
                .build(),
            listener);
    listener.getSummary().printTo(new PrintWriter(System.out, true, Charset.defaultCharset()));
    System.exit(listener.getSummary().getTotalFailureCount() == 0 ? 0 : 1);
  }
}
