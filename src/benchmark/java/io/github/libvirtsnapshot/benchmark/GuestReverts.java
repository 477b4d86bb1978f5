package io.github.libvirtsnapshot.benchmark;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures several kinds of reverts of a running guest, and prints their times; {@code
 * src/benchmark/reverts.sh} runs this program:
 *
 * <pre>
 * GuestReverts URI DOMAIN SNAPSHOT ROUNDS
 * </pre>
 */
public final class GuestReverts {
  private static final String BARE = "the bare call";

  private final Domain domain;
  private final Map<String, Way> ways = new LinkedHashMap<>();
  private final Map<String, List<Times>> measured = new LinkedHashMap<>();

  private GuestReverts(Domain domain, DomainSnapshot snapshot) {
    SnapshotReverter reverter = SnapshotReverter.of(domain).to(snapshot);
    this.domain = domain;
    ways.put(BARE, () -> bare(snapshot));
    ways.put("SnapshotReverter", () -> inLibvirt(reverter.revert()));
    ways.put("running()", () -> inLibvirt(reverter.running().revert()));
    ways.put("guarded()", () -> inLibvirt(reverter.guarded().revert()));
    ways.put("withSafetySnapshot()", () -> inLibvirt(reverter.withSafetySnapshot().revert()));
    ways.put("plan()", () -> planned(reverter));
  }

  /** Runs once, and returns the time of libvirt's revert itself, in milliseconds. */
  private interface Way {
    double run() throws Exception;
  }

  /**
   * Times in milliseconds.
   *
   * @param all the whole time
   * @param around the time without libvirt's revert
   */
  private record Times(double all, double around) {}

  /** Measures, and prints the medians. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 4) {
      System.err.println("usage: GuestReverts URI DOMAIN SNAPSHOT ROUNDS");
      System.exit(2);
    }
    try (Connect connect = new Connect(arguments[0]);
        Domain domain = connect.domainLookupByName(arguments[1]);
        DomainSnapshot snapshot = domain.snapshotLookupByName(arguments[2])) {
      GuestReverts reverts = new GuestReverts(domain, snapshot);
      for (int round = 0; round < Integer.parseInt(arguments[3]); round++) {
        reverts.runEach(snapshot.getName());
      }
      reverts.print();
    }
  }

  private void runEach(String kept) throws Exception {
    for (Map.Entry<String, Way> way : ways.entrySet()) {
      long begin = System.nanoTime();
      double inLibvirt = way.getValue().run();
      double all = millisecondsSince(begin);
      measured
          .computeIfAbsent(way.getKey(), unused -> new ArrayList<>())
          .add(new Times(all, all - inLibvirt));
      deleteAllBut(kept);
    }
  }

  /** Deletes the safety snapshot: each revert lists all snapshots, so more of them take longer. */
  private void deleteAllBut(String kept) throws Exception {
    for (DomainSnapshot snapshot : domain.listAllSnapshots()) {
      try (snapshot) {
        if (!snapshot.getName().equals(kept)) {
          snapshot.delete();
        }
      }
    }
  }

  private static double bare(DomainSnapshot snapshot) throws Exception {
    long begin = System.nanoTime();
    snapshot.revert();
    return millisecondsSince(begin);
  }

  private static double inLibvirt(RevertReport report) {
    return report.elapsed().toNanos() / 1e6;
  }

  private static double planned(SnapshotReverter reverter) throws Exception {
    if (!reverter.plan().matchesTarget()) {
      throw new IllegalStateException("the plan expects another state");
    }
    return 0;
  }

  private static double millisecondsSince(long begin) {
    return (System.nanoTime() - begin) / 1e6;
  }

  private void print() {
    double bare = median(measured.get(BARE).stream().map(Times::all).toList());
    System.out.println("| ms | first | median | to the bare call | around libvirt's revert |");
    System.out.println("| --- | --- | --- | --- | --- |");
    measured.forEach(
        (way, times) -> {
          double all = median(times.stream().map(Times::all).toList());
          double around = median(times.stream().map(Times::around).toList());
          System.out.printf(
              "| %s | %.0f | %.0f | %.2f | %.1f |%n",
              way, times.get(0).all(), all, all / bare, around);
        });
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
