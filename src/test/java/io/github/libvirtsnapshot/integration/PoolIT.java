package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.pool.DomainPool;
import io.github.libvirtsnapshot.pool.PoolListener;
import io.github.libvirtsnapshot.pool.WithdrawnDomain;
import io.github.libvirtsnapshot.revert.RevertReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Threads and processes use the domains of pools, while domains are destroyed and daemons are
 * killed. The daemons confirm each lease. {@code -Dpool.leases=10000} sets their number.
 */
@Timeout(580)
class PoolIT {
  private static final int LEASES = Integer.getInteger("pool.leases", 400);
  private static final int THREADS = 16;
  private static final int DOMAINS = 6;

  /** So many leases pass, on average, between two kills of the daemon. */
  private static final int LEASES_PER_KILL = 200;

  /** At least so many leases pass, on average, between two domains that are destroyed. */
  private static final int LEASES_PER_DESTROYED_DOMAIN = 4;

  @TempDir Path folder;

  private Path locks;
  private Path holders;
  private PrivateLibvirtd steady;
  private PrivateLibvirtd crashing;
  private Connect keepingSteady;
  private Connect keepingCrashing;

  @BeforeEach
  void start() throws Exception {
    locks = Files.createDirectory(folder.resolve("locks"));
    holders = Files.createDirectory(folder.resolve("holders"));
    steady = PrivateLibvirtd.started();
    crashing = PrivateLibvirtd.started();
    keepingSteady = defineDomains(steady, "steady");
    keepingCrashing = defineDomains(crashing, "crashing");
  }

  @AfterEach
  void stop() throws IOException {
    keepingSteady.close();
    keepingCrashing.close();
    steady.close();
    crashing.close();
  }

  private static String uri(PrivateLibvirtd libvirtd) {
    return libvirtd.uri("test+unix:///default");
  }

  private static String[] names(String prefix) {
    return IntStream.range(0, DOMAINS).mapToObj(i -> prefix + i).toArray(String[]::new);
  }

  /** Defines domains, which exist until the last connection is closed. */
  private static Connect defineDomains(PrivateLibvirtd libvirtd, String prefix)
      throws LibvirtException {
    Connect connect = new Connect(uri(libvirtd));
    for (String name : names(prefix)) {
      try (Domain domain = connect.domainDefineXML(Guests.testXml(name))) {
        domain.create();
        Guests.take(domain, PoolUsers.SNAPSHOT);
        Guests.bringTo(domain, DomainState.PAUSED);
      }
    }
    return connect;
  }

  @Test
  void eachLeaseIsCleanAndHasOneUserWhileDomainsAndDaemonsFail() throws Exception {
    CountingLibvirt libvirt = CountingLibvirt.of(NativeLibvirt.shared());
    Vandal vandal = new Vandal();
    Thread destroying = new Thread(vandal);
    Stopwatch watch = Stopwatch.createStarted();
    PoolUsers users;
    DomainPool pool =
        PoolUsers.settings(locks)
            .on(uri(steady), names("steady"))
            .on(uri(crashing), names("crashing"))
            .connector(uri -> new Connect(libvirt.library(), uri))
            .retryingWithdrawn(Duration.ofMillis(20), Duration.ofMillis(200))
            .listener(vandal)
            .open();
    try (pool) {
      users = new PoolUsers(pool, holders, LEASES, vandal);
      destroying.start();
      users.run(THREADS);
      vandal.finished = true;
      destroying.join();
    }

    System.out.printf(
        "pool: %s in %.1f s; %d domains destroyed, %d daemons killed, %d withdrawals;"
            + " mean wait %.1f ms%n",
        users,
        watch.elapsed().toMillis() / 1e3,
        vandal.destroyed,
        vandal.killed,
        vandal.withdrawals.get(),
        pool.status().meanWait().toNanos() / 1e6);
    assertEquals(List.of(), users.wrong());
    assertTrue(users.verified() > LEASES * 8 / 10, users.toString());
    assertTrue(vandal.killed > 0 && vandal.destroyed > 0);
    assertNothingLeaks(libvirt);
    assertEachDomainIsRevertedOrNamed(pool);
  }

  private void assertNothingLeaks(CountingLibvirt libvirt) throws Exception {
    while (libvirt.out() > 0 || steady.clients() > 1 || isPoolThreadAlive()) {
      Thread.sleep(20);
    }
    libvirt.assertBalanced();
    try (Stream<Path> files = Files.list(locks)) {
      for (Path file : files.toList()) {
        assertFalse(DomainLock.isLocked(file), file.toString());
      }
    }
  }

  private static boolean isPoolThreadAlive() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("libvirt-pool"));
  }

  /** The last changes of the vandal to domains that stood by are not known to the pool. */
  private void assertEachDomainIsRevertedOrNamed(DomainPool pool) throws LibvirtException {
    List<String> named = pool.withdrawn().stream().map(WithdrawnDomain::domain).toList();
    for (String name : names("steady")) {
      try (Domain domain = keepingSteady.domainLookupByName(name)) {
        DomainState state = domain.getState().state();
        assertTrue(state != DomainState.PAUSED || named.contains(name), name + " is left " + state);
      }
    }
  }

  /** Two processes with pools of the same domains get all their leases. */
  @Test
  void twoProcessesNeverUseTheSameDomain() throws Exception {
    int leases = Math.max(60, LEASES / 10);
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ProcessBuilder program =
          JavaProgram.builder(
              List.of(
                  "-cp",
                  System.getProperty("java.class.path"),
                  PoolUsers.class.getName(),
                  uri(steady),
                  String.join(",", names("steady")),
                  locks.toString(),
                  holders.toString(),
                  "4",
                  Integer.toString(leases)));
      Path err = folder.resolve("err" + i);
      processes.add(program.redirectError(err.toFile()).start());
    }
    for (int i = 0; i < 2; i++) {
      String out =
          new String(processes.get(i).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String err = Files.readString(folder.resolve("err" + i));
      assertEquals(0, processes.get(i).waitFor(), out + err);
      assertEquals(leases + " leases verified, 0 excused, 0 wrong", out.strip(), err);
    }
    System.out.printf("pool: two processes, %d verified leases each%n", leases);
  }

  /** The operating system releases the locks of a process that is killed. */
  @Test
  void domainsOfKilledProcessAreFree() throws Exception {
    Process process =
        JavaProgram.builder(
                List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    PoolUsers.class.getName(),
                    uri(steady),
                    String.join(",", names("steady")),
                    locks.toString(),
                    holders.toString(),
                    "1",
                    "1000000"))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    try (Stream<Path> none = Files.list(locks)) {
      assertEquals(0, none.count());
    }
    while (lockedFiles() < DOMAINS) {
      assertTrue(process.isAlive(), () -> "the process ended");
      Thread.sleep(20);
    }
    process.destroyForcibly();
    process.waitFor();
    assertEquals(0, lockedFiles());
    try (DomainPool pool = PoolUsers.settings(locks).on(uri(steady), names("steady")).open()) {
      pool.acquire(Duration.ofSeconds(30)).close();
    }
  }

  private long lockedFiles() throws IOException {
    long locked = 0;
    try (Stream<Path> files = Files.list(locks)) {
      for (Path file : files.filter(name -> name.toString().endsWith(".lock")).toList()) {
        locked += DomainLock.isLocked(file) ? 1 : 0;
      }
    }
    return locked;
  }

  /** Destroys domains, kills a daemon, and lets the listener throw. */
  private final class Vandal implements Runnable, PoolListener, PoolUsers.Excuse {
    private final Map<String, Long> lastChange = new ConcurrentHashMap<>();
    private final AtomicInteger withdrawals = new AtomicInteger();
    private volatile long lastKill = System.nanoTime();
    private volatile boolean down;
    volatile boolean finished;
    int destroyed;
    int killed;
    private final AtomicInteger leases = new AtomicInteger();

    @Override
    public void run() {
      try {
        while (!finished) {
          if (leases.get() > destroyed * LEASES_PER_DESTROYED_DOMAIN) {
            destroyOne();
          }
          if (leases.get() > (killed + 1) * LEASES_PER_KILL) {
            killDaemon();
          }
          Thread.sleep(10);
        }
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    private void destroyOne() throws LibvirtException {
      String name = names("steady")[ThreadLocalRandom.current().nextInt(DOMAINS)];
      lastChange.put(name, Long.MAX_VALUE);
      try (Domain domain = keepingSteady.domainLookupByName(name)) {
        domain.destroy();
        destroyed++;
      } catch (LibvirtException e) {
        // The user has destroyed it.
      } finally {
        lastChange.put(name, System.nanoTime());
      }
    }

    private void killDaemon() throws Exception {
      down = true;
      crashing.kill();
      keepingCrashing.close();
      crashing.start(Map.of());
      keepingCrashing = defineDomains(crashing, "crashing");
      killed++;
      lastKill = System.nanoTime();
      down = false;
    }

    @Override
    public boolean since(long nanoTime, String uri, String domain) {
      return uri.equals(uri(crashing))
          ? down || lastKill - nanoTime > 0
          : lastChange.getOrDefault(domain, nanoTime) - nanoTime > 0;
    }

    @Override
    public void ready(String uri, RevertReport report) {
      throw new IllegalStateException("the listener fails");
    }

    @Override
    public void acquired(String uri, String domain, Duration waited) {
      leases.incrementAndGet();
      throw new AssertionError("the listener fails");
    }

    @Override
    public void withdrawn(WithdrawnDomain domain) {
      withdrawals.incrementAndGet();
      throw new IllegalStateException("the listener fails");
    }
  }
}
