package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.base.Joiner;
import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.plan.RevertRow;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares plans with the reverts that follow, and prints how many agree. */
class PlanIT {
  /** More than the number of processors, because a revert mostly waits. */
  private static final int CONCURRENT_RUNS = 6;

  private LogRecorder log;

  @BeforeEach
  void captureLog() {
    log = new LogRecorder(SnapshotReverter.class);
  }

  @AfterEach
  void releaseLog() {
    log.close();
  }

  @Test
  void plansMatchRevertsOnTestDriver(@TempDir Path directory) throws Exception {
    List<PlanVerifier> runs = new ArrayList<>();
    try (Connect connect = new Connect("test:///default")) {
      for (SnapshotKind kind : SnapshotKind.internal()) {
        String xml =
            Guests.qemuXml(name(kind), Files.createFile(directory.resolve(name(kind))))
                .replace("type='qemu'>", "type='test'>");
        runs.add(new PlanVerifier(connect, xml, kind, directory).run());
      }
    }
    print("TEST", runs);
  }

  @Test
  @Tag("qemu")
  void plansMatchRevertsOnQemu() throws Exception {
    ListeningExecutorService executor =
        MoreExecutors.listeningDecorator(Executors.newFixedThreadPool(CONCURRENT_RUNS));
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started()) {
      List<ListenableFuture<PlanVerifier>> runs = new ArrayList<>();
      for (SnapshotKind kind : SnapshotKind.values()) {
        String xml = Guests.qemuXml(name(kind), libvirtd.disk(name(kind)));
        runs.add(
            executor.submit(
                () -> {
                  try (Connect own = new Connect(libvirtd.qemu())) {
                    return new PlanVerifier(own, xml, kind, libvirtd.directory()).run();
                  }
                }));
      }
      print("QEMU", Futures.allAsList(runs).get());
    } finally {
      executor.shutdownNow();
    }
  }

  private static String name(SnapshotKind kind) {
    return "plan-" + kind.name().toLowerCase(Locale.ROOT);
  }

  private static void print(String driver, List<PlanVerifier> runs) throws Exception {
    List<RevertRow> rows = runs.stream().flatMap(run -> run.rows().stream()).toList();
    List<String> wrong = runs.stream().flatMap(run -> run.disagreements().stream()).toList();
    String libvirt = libvirtVersion();
    System.out.printf(
        "plans on %s, libvirt %s: %d of %d agree with the revert%n",
        driver, libvirt, rows.size() - wrong.size(), rows.size());
    Files.write(
        Path.of("target", "reverts-" + driver + "-libvirt-" + libvirt + ".csv"),
        Iterables.concat(List.of(RevertRow.HEADER), Lists.transform(rows, RevertRow::toString)));
    assertEquals("", Joiner.on('\n').join(wrong));
    compareWithTable(driver, libvirt, rows);
  }

  /** Compares the results with those recorded for the same version of libvirt. */
  private static void compareWithTable(String driver, String libvirt, List<RevertRow> rows) {
    List<RevertRow> recorded =
        RevertRow.seenOn(libvirt).stream().filter(row -> row.driver().equals(driver)).toList();
    if (recorded.isEmpty()) {
      System.out.println("no reverts are recorded for libvirt " + libvirt);
      return;
    }
    assertEquals(Joiner.on('\n').join(recorded), Joiner.on('\n').join(rows));
  }

  private static String libvirtVersion() throws LibvirtException {
    try (Connect connect = new Connect("test:///default")) {
      return Guests.libvirtVersion(connect);
    }
  }
}
