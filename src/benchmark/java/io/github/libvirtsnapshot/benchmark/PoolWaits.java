package io.github.libvirtsnapshot.benchmark;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.pool.DomainPool;
import io.github.libvirtsnapshot.pool.PooledDomain;
import io.github.libvirtsnapshot.pool.Standby;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures how long a caller waits for a domain of a pool that stands by, and prints the medians;
 * {@code src/benchmark/pool.sh} runs this program:
 *
 * <pre>
 * PoolWaits URI SNAPSHOT LEASES LOCKS DOMAIN...
 * </pre>
 */
public final class PoolWaits {
  private static final Duration LONG = Duration.ofMinutes(2);

  private final String[] arguments;

  private PoolWaits(String[] arguments) {
    this.arguments = arguments;
  }

  /** Measures, and prints the medians. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 5) {
      System.err.println("usage: PoolWaits URI SNAPSHOT LEASES LOCKS DOMAIN...");
      System.exit(2);
    }
    PoolWaits waits = new PoolWaits(arguments);
    System.out.println("| stand-by | ms, median | ms, longest |");
    System.out.println("| --- | --- | --- |");
    for (Standby standby : Standby.values()) {
      waits.measure(standby, false);
      waits.measure(standby, true);
    }
  }

  private SnapshotReverter reverter(Domain domain, boolean settingClock) {
    SnapshotReverter reverter =
        SnapshotReverter.of(domain).to(arguments[1]).running().awaitingGuest(LONG);
    return settingClock ? reverter.settingClock() : reverter;
  }

  private void measure(Standby standby, boolean settingClock) throws Exception {
    List<Double> waits = new ArrayList<>();
    try (DomainPool pool =
        DomainPool.with(domain -> reverter(domain, settingClock))
            .on(arguments[0], Arrays.copyOfRange(arguments, 4, arguments.length))
            .standby(standby)
            .lockFolder(Path.of(arguments[3]))
            .open()) {
      for (int lease = 0; lease < Integer.parseInt(arguments[2]); lease++) {
        awaitStandby(pool);
        long begin = System.nanoTime();
        try (PooledDomain machine = pool.acquire(LONG)) {
          waits.add((System.nanoTime() - begin) / 1e6);
          if (settingClock != machine.clock().isPresent()) {
            throw new IllegalStateException("the clock of " + machine);
          }
        }
      }
    }
    waits.sort(null);
    System.out.printf(
        "| %s%s | %.1f | %.1f |%n",
        standby,
        settingClock ? ", with its clock set" : "",
        waits.get(waits.size() / 2),
        waits.get(waits.size() - 1));
  }

  private static void awaitStandby(DomainPool pool) throws InterruptedException {
    while (pool.status().reverting() > 0) {
      Thread.sleep(10);
    }
    if (pool.status().ready() == 0) {
      throw new IllegalStateException(pool + ": " + pool.withdrawn());
    }
  }
}
