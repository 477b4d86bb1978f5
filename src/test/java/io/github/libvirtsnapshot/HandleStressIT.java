package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;

/**
 * Stress test of handles: many threads randomly open, use and close the same handles, and leave
 * some to the garbage collector, which runs all the time. The process must not crash, and each
 * native reference must be released exactly once.
 */
class HandleStressIT {
  private static final int THREADS = 8;
  private static final Duration DURATION = Duration.ofSeconds(20);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CountingLibvirt libvirt = CountingLibvirt.of(Libvirt.library());
  private final AtomicReferenceArray<Connect> connects = new AtomicReferenceArray<>(2);
  private final AtomicReferenceArray<Domain> domains = new AtomicReferenceArray<>(4);
  private final AtomicReferenceArray<DomainSnapshot> snapshots = new AtomicReferenceArray<>(4);

  @Test
  void eachReferenceIsReleasedExactlyOnce() throws Exception {
    try (LogRecorder warnings = LogRecorder.ofEverything()) {
      runThreads();
      dropHandles();
      libvirt.assertBalanced();
      assertTrue(!warnings.lines().isEmpty(), "the garbage collector released no handle");
    }
    System.out.println(
        libvirt.given() + " native references were returned, and each was released once");
  }

  private Connect open() throws LibvirtException {
    return new Connect(libvirt.library(), "test:///default", false);
  }

  private void runThreads() throws Exception {
    try (Connect keepsTestDriverOpen = open();
        Domain domain = keepsTestDriverOpen.domainLookupByName("test");
        DomainSnapshot snapshot =
            domain.snapshotCreateXML("<domainsnapshot><name>s</name></domainsnapshot>")) {
      for (int i = 0; i < connects.length(); i++) {
        connects.set(i, open());
      }
      useHandles();
      snapshot.delete();
    }
  }

  private void useHandles() throws Exception {
    Instant end = Instant.now().plus(DURATION);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(i);
        running.add(threads.submit(() -> useHandlesUntil(end, random)));
      }
      running.add(threads.submit(() -> collectUntil(end)));
      for (Future<?> thread : running) {
        thread.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  private static void collectUntil(Instant end) {
    while (Instant.now().isBefore(end)) {
      System.gc();
    }
  }

  private void useHandlesUntil(Instant end, Random random) {
    while (Instant.now().isBefore(end)) {
      try {
        runOperation(random);
      } catch (IllegalStateException e) {
        assertTrue(e.getMessage().endsWith(" is closed"), e.getMessage());
      } catch (LibvirtException e) {
        throw new AssertionError(e);
      }
    }
  }

  /**
   * Runs one operation. Overwriting a slot of an array leaves its handle to the garbage collector.
   */
  private void runOperation(Random random) throws LibvirtException {
    Connect connect = connects.get(random.nextInt(connects.length()));
    int domainSlot = random.nextInt(domains.length());
    Domain domain = domains.get(domainSlot);
    int snapshotSlot = random.nextInt(snapshots.length());
    DomainSnapshot snapshot = snapshots.get(snapshotSlot);
    switch (random.nextInt(10)) {
      case 0 -> connects.set(random.nextInt(connects.length()), open());
      case 1 -> connect.close();
      case 2, 3 -> domains.set(domainSlot, connect.domainLookupByName("test"));
      case 4 -> close(domain);
      case 5, 6 -> {
        if (domain != null) {
          snapshots.set(snapshotSlot, domain.snapshotLookupByName("s"));
          assertTrue(domain.getState().rawState() >= 0);
        }
      }
      case 7 -> close(snapshot);
      case 8 -> {
        if (snapshot != null) {
          domains.set(domainSlot, snapshot.getDomain());
          assertTrue(snapshot.getXMLDesc().contains("<name>s</name>"));
        }
      }
      default -> {
        if (domain != null) {
          domain.listAllSnapshots().forEach(DomainSnapshot::close);
          assertTrue(domain.snapshotCurrent().isPresent());
        }
      }
    }
  }

  private static void close(Handle<?> handle) {
    if (handle != null) {
      handle.close();
    }
  }

  private void dropHandles() throws InterruptedException {
    for (int i = 0; i < connects.length(); i++) {
      connects.set(i, null);
    }
    for (int i = 0; i < domains.length(); i++) {
      domains.set(i, null);
      snapshots.set(i, null);
    }
    Instant deadline = Instant.now().plus(PATIENCE);
    while (libvirt.out() > 0 && Instant.now().isBefore(deadline)) {
      System.gc();
      Thread.sleep(50);
    }
  }
}
