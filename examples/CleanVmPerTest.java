import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * A JUnit 5 test class that gives each test a clean virtual machine. A build tool runs it as it is;
 * its {@code main} runs it with junit-platform-console-standalone on the class path. The system
 * properties {@code vm.uri}, {@code vm.domain} and {@code vm.snapshot} name another machine than
 * the one of libvirt's test driver.
 */
public class CleanVmPerTest {
  private static final String URI = System.getProperty("vm.uri", "test:///default");
  private static final String DOMAIN = System.getProperty("vm.domain", "test");
  private static final String SNAPSHOT = System.getProperty("vm.snapshot", "clean");

  private static Connect connect;
  private static Domain domain;
  private static SnapshotReverter cleanVm;

  @BeforeAll
  static void connect() throws LibvirtException {
    connect = new Connect(URI);
    domain = connect.domainLookupByName(DOMAIN);
    cleanVm = SnapshotReverter.of(domain).to(SNAPSHOT).running().enforcingState();
    if (domain.snapshotNum() == 0) {
      domain
          .snapshotCreateXML("<domainsnapshot><name>" + SNAPSHOT + "</name></domainsnapshot>")
          .close();
    }
  }

  @AfterAll
  static void disconnect() {
    domain.close();
    connect.close();
  }

  @BeforeEach
  void cleanVm() throws LibvirtException {
    cleanVm.revert();
  }

  @Test
  void oneTestPausesTheMachine() throws LibvirtException {
    assertEquals(DomainState.RUNNING, domain.getState().state());
    domain.suspend();
  }

  @Test
  void anotherOneStopsIt() throws LibvirtException {
    assertEquals(DomainState.RUNNING, domain.getState().state());
    domain.destroy();
  }

  @Test
  void andBothFindItRunning() throws LibvirtException {
    assertEquals(DomainState.RUNNING, domain.getState().state());
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
