package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The number of calls to the host for each kind of revert, counted by a proxy. The domain has one
 * snapshot, which is the current one; the QEMU host has three domains with one disk each. The name
 * of the driver costs one call per connection.
 */
@Timeout(300)
class RoundTripsIT {
  private static final Duration ROUND_TRIP = Duration.ofMillis(50);

  private PrivateLibvirtd libvirtd;
  private RpcProxy proxy;
  private Path socket;

  @BeforeEach
  void start() throws IOException {
    libvirtd = PrivateLibvirtd.started();
    socket = libvirtd.directory().resolve("proxy");
    proxy = RpcProxy.start(socket, libvirtd.socket());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    libvirtd.close();
  }

  private interface Action<T> {
    T run() throws Exception;
  }

  /** The calls of each kind of revert. */
  private final class CallCounter {
    private final Map<String, Integer> calls = new LinkedHashMap<>();

    <T> T count(String kind, Action<T> action) throws Exception {
      int before = proxy.calls();
      Stopwatch watch = Stopwatch.createStarted();
      T result = action.run();
      calls.put(kind, proxy.calls() - before);
      System.out.printf("%-30s %2d round trips, %s%n", kind, calls.get(kind), watch);
      return result;
    }

    void countAll(Domain domain) throws Exception {
      SnapshotReverter reverter = SnapshotReverter.of(domain);
      try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
        count(
            "native call",
            () -> {
              snapshot.revert();
              return null;
            });
        RevertReport report =
            count("with running()", () -> reverter.to(snapshot).running().revert());
        assertEquals("clean", report.snapshot());
      }
      var unused = count("by name", () -> reverter.to("clean").revert());
      var plan = count("plan", () -> reverter.to("clean").plan());
      assertTrue(plan.matchesTarget(), plan.toString());
      unused = count("guarded", () -> reverter.to("clean").guarded().revert());
      RevertReport undoable =
          count("with safety snapshot", () -> reverter.to("clean").withSafetySnapshot().revert());
      unused = count("undo", () -> reverter.undo(undoable));
      reverter.deleteSafetySnapshot(undoable);
      unused = count("to the newest", () -> reverter.toNewest().revert());
      unused = count("guarded to the newest", () -> reverter.toNewest().guarded().revert());
    }
  }

  private Map<String, Integer> callsPerRevert(String uri, String name) throws Exception {
    CallCounter counter = new CallCounter();
    try (Connect connect = new Connect(uri + "?socket=" + socket);
        Domain domain = connect.domainLookupByName(name)) {
      Guests.take(domain, "clean");
      String driver = counter.count("the driver's name, once", connect::getType);
      assertEquals(1, counter.calls.remove("the driver's name, once"), driver);
      counter.countAll(domain);
    }
    return counter.calls;
  }

  private static Map<String, Integer> expected(int... calls) {
    Map<String, Integer> expected = new LinkedHashMap<>();
    int next = 0;
    for (String kind :
        new String[] {
          "native call",
          "with running()",
          "by name",
          "plan",
          "guarded",
          "with safety snapshot",
          "undo",
          "to the newest",
          "guarded to the newest"
        }) {
      expected.put(kind, calls[next]);
      next++;
    }
    return expected;
  }

  /**
   * Not on libvirt 7.0: its test driver leaves another state, and needs more than one call for a
   * state and its details.
   */
  @Test
  @Tag("another-process")
  void callsPerRevertOnTestDriver() throws Exception {
    assertEquals(
        expected(1, 7, 8, 8, 11, 12, 12, 8, 11), callsPerRevert("test+unix:///default", "test"));
  }

  /**
   * On QEMU, plans and reports also cover the contents of images. A plan lists the domains of the
   * host and the images of the inactive domains, with one call each; a report does so only if
   * another domain can affect the contents. libvirt before 8.0 does not start a new guest, so the
   * library does not let libvirt prepare the start of the snapshot's and of the present guest.
   * Before 10.10, the library looks up a safety snapshot that it created, and reads its XML.
   */
  @Test
  @Tag("qemu")
  void callsPerRevertOnQemu() throws Exception {
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainDefineXML(Guests.qemuXml("web01", libvirtd.disk("web01")))) {
      domain.create();
      for (String other : List.of("web02", "web03")) {
        connect.domainDefineXML(Guests.qemuXml(other, libvirtd.disk(other))).close();
      }
      long libvirt = connect.getLibVersion();
      int safetySnapshot = libvirt < 10_010_000 ? 3 : 1;
      assertEquals(
          libvirt < 8_000_000
              ? expected(1, 12, 12, 14, 17, 17 + safetySnapshot, 18, 12, 17)
              : expected(1, 12, 12, 18, 21, 21 + safetySnapshot, 22, 12, 21),
          callsPerRevert("qemu:///session", "web01"));
    }
  }

  /** On libvirt before 8.0, a plan looks for no pool over which it could create another one. */
  private static int poolLookups(Connect connect) throws LibvirtException {
    return connect.getLibVersion() < 8_000_000 ? 0 : 1;
  }

  /**
   * libvirt returns an image through a stream, and the end of a stream is a round trip too. The
   * plan of a domain that is shut off queries the image of the other domain too, with two round
   * trips: it could be based on the domain's image.
   */
  @Test
  void callsForEachImageThatIsRead() throws Exception {
    try (Connect connect = new Connect(libvirtd.qemu())) {
      for (String name : List.of("web04", "web05")) {
        connect.domainDefineXML(Guests.qemuXml(name, libvirtd.disk(name))).close();
      }
      int withoutPool = callsPerRevert("qemu:///session", "web04").get("plan");
      libvirtd.createPool("images");
      assertEquals(
          withoutPool + 7 - poolLookups(connect),
          callsPerRevert("qemu:///session", "web05").get("plan"));
    }
  }

  /** A plan of an active guest queries the free space of the pool too. */
  @Test
  void callsForTheImageOfAnActiveGuest() throws Exception {
    try (Connect connect = new Connect(libvirtd.qemu())) {
      for (String name : List.of("web06", "web07")) {
        try (Domain domain = connect.domainDefineXML(Guests.qemuXml(name, libvirtd.disk(name)))) {
          domain.create();
        }
      }
      int withoutPool = callsPerRevert("qemu:///session", "web06").get("plan");
      libvirtd.createPool("images");
      assertEquals(
          withoutPool + 7 - poolLookups(connect),
          callsPerRevert("qemu:///session", "web07").get("plan"));
    }
  }

  @Test
  void callsForAnImageThatIsReadThroughATransientPool() throws Exception {
    try (Connect connect = new Connect("qemu:///session?socket=" + socket);
        Domain domain = connect.domainDefineXML(Guests.qemuXml("web08", libvirtd.disk("web08")))) {
      Guests.take(domain, "clean");
      SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean");
      CallCounter counter = new CallCounter();
      assertEquals("QEMU", connect.getType());
      var unused = counter.count("plan", reverter::plan);
      unused = counter.count("with transient pools", () -> reverter.withTransientPools().plan());
      assertEquals(
          counter.calls.get("plan") + 10 - poolLookups(connect),
          counter.calls.get("with transient pools").intValue());
    }
  }

  /** Prints the times, and does not check them. */
  @Test
  @Tag("another-process")
  void nativeRevertNeedsOneCallOverSlowLink() throws Exception {
    proxy.setRoundTrip(ROUND_TRIP);
    System.out.printf("over a link with a round trip of %d ms:%n", ROUND_TRIP.toMillis());
    assertEquals(1, callsPerRevert("test+unix:///default", "test").get("native call"));
  }
}
