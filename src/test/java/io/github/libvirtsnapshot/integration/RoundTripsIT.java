package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
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
 * How often the host is asked, counted on the wire: with one snapshot, which is the current one,
 * and on QEMU three domains with one disk. The name of the driver is asked once for a connection.
 */
@Timeout(120)
class RoundTripsIT {
  private static final Duration FAR = Duration.ofMillis(50);

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

  /** What each kind of revert takes. */
  private final class Costs {
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
            "bare",
            () -> {
              snapshot.revert();
              return null;
            });
        RevertReport plain =
            count("with running()", () -> reverter.to(snapshot).running().revert());
        assertEquals("clean", plain.snapshot());
      }
      var unused = count("plain", () -> reverter.to("clean").revert());
      var plan = count("planned", () -> reverter.to("clean").plan());
      assertTrue(plan.matchesTarget(), plan.toString());
      unused = count("guarded", () -> reverter.to("clean").guarded().revert());
      RevertReport kept =
          count("kept safe", () -> reverter.to("clean").withSafetySnapshot().revert());
      unused = count("undone", () -> reverter.undo(kept));
    }
  }

  private Map<String, Integer> costs(String uri, String name) throws Exception {
    Costs costs = new Costs();
    try (Connect connect = new Connect(uri + "?socket=" + socket);
        Domain domain = connect.domainLookupByName(name)) {
      Guests.take(domain, "clean");
      String driver = costs.count("the driver's name, once", connect::getType);
      assertEquals(1, costs.calls.remove("the driver's name, once"), driver);
      costs.countAll(domain);
    }
    return costs.calls;
  }

  private static Map<String, Integer> limits(int... each) {
    Map<String, Integer> limits = new LinkedHashMap<>();
    int next = 0;
    for (String kind :
        new String[] {
          "bare", "with running()", "plain", "planned", "guarded", "kept safe", "undone"
        }) {
      limits.put(kind, each[next]);
      next++;
    }
    return limits;
  }

  /**
   * That of libvirt 7.0 leaves another state, and can't tell a state and what belongs to it at
   * once.
   */
  @Test
  @Tag("another-process")
  void onTheTestDriver() throws Exception {
    assertEquals(limits(1, 7, 8, 8, 11, 12, 12), costs("test+unix:///default", "test"));
  }

  /**
   * There, a plan and a report are about the contents of images too. A plan asks which domains the
   * host has, and for the images of the inactive ones, with one call each; a report only where
   * another domain can have a part in the contents. Before 8.0, libvirt does not start another
   * guest, and the host is not asked for what one needs.
   */
  @Test
  @Tag("qemu")
  void onQemu() throws Exception {
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainDefineXML(Guests.qemuXml("web01", libvirtd.disk("web01")))) {
      domain.create();
      for (String other : List.of("web02", "web03")) {
        connect.domainDefineXML(Guests.qemuXml(other, libvirtd.disk(other))).close();
      }
      assertEquals(
          connect.getLibVersion() < 8_000_000
              ? limits(1, 11, 11, 13, 16, 17, 17)
              : limits(1, 11, 11, 15, 18, 19, 19),
          costs("qemu:///session", "web01"));
    }
  }

  /** The times are printed; nothing depends on them. */
  @Test
  @Tag("another-process")
  void overALongLink() throws Exception {
    proxy.setRoundTrip(FAR);
    System.out.printf("over a link whose round trip takes %s:%n", FAR);
    assertEquals(1, costs("test+unix:///default", "test").get("bare"));
  }
}
