package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Failing calls on 10,000 virtual threads with a real libvirt. */
class VirtualThreadErrorsIT {
  private static final int THREADS = 10_000;

  @Test
  void eachThreadGetsItsOwnError() throws Exception {
    try (Connect connect = new Connect("test:///default");
        Domain domain = connect.domainLookupByName("test");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> messages = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        String name = "missing-" + i;
        messages.add(
            threads.submit(
                () ->
                    assertThrows(
                            NoSuchSnapshotException.class, () -> domain.snapshotLookupByName(name))
                        .getMessage()));
      }
      for (int i = 0; i < THREADS; i++) {
        assertEquals(
            "Domain snapshot not found: no domain snapshot with matching name 'missing-" + i + "'",
            messages.get(i).get());
      }
    }
  }
}
