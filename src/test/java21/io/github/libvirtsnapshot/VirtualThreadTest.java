package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.when;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handles on virtual threads. Needs no libvirt; the C function usleep is the blocking call. */
@Timeout(60)
class VirtualThreadTest {
  private static final int MANY = 64;

  /** A native function that blocks its OS thread. */
  public interface Sleeper extends Library {
    /** Blocks for a number of microseconds. */
    int usleep(int microseconds);
  }

  private final MockedLibvirt libvirt = new MockedLibvirt();

  /**
   * Each call stays in native code until all calls are there. If the calls pinned their carrier
   * threads, only as many calls as there are processors could enter.
   */
  @Test
  void blockingCallDoesNotPinCarrierThread() throws Exception {
    assertTrue(Runtime.getRuntime().availableProcessors() < MANY);
    Sleeper sleeper = Native.load("c", Sleeper.class);
    CountDownLatch allInside = new CountDownLatch(MANY);
    when(libvirt.library.virDomainIsActive(libvirt.domain))
        .then(
            call -> {
              allInside.countDown();
              while (allInside.getCount() > 0) {
                assertEquals(0, sleeper.usleep(1000));
              }
              return 1;
            });
    try (Domain domain = libvirt.open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> calls = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        calls.add(threads.submit(domain::isActive));
      }
      for (Future<Boolean> call : calls) {
        assertTrue(call.get());
      }
    }
  }

  @Test
  void nativeCodeNeverRunsOnVirtualThread() throws Exception {
    ConcurrentLinkedQueue<Thread> used = new ConcurrentLinkedQueue<>();
    when(libvirt.library.virDomainSuspend(libvirt.domain))
        .then(
            call -> {
              used.add(Thread.currentThread());
              return -1;
            });
    when(libvirt.library.virGetLastError())
        .then(
            call -> {
              used.add(Thread.currentThread());
              return MockedLibvirt.error(9, "reason");
            });
    when(libvirt.library.virDomainFree(libvirt.domain))
        .then(
            call -> {
              used.add(Thread.currentThread());
              return 0;
            });
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (Domain domain = libvirt.open()) {
                    LibvirtException e = assertThrows(LibvirtException.class, domain::suspend);
                    assertEquals(
                        "run", e.getStackTrace()[e.getStackTrace().length - 1].getMethodName());
                  } catch (LibvirtException e) {
                    throw new AssertionError(e);
                  }
                });
    thread.join();

    assertEquals(3, used.size());
    assertFalse(used.stream().anyMatch(Thread::isVirtual));
    assertEquals(
        used.toArray()[0], used.toArray()[1], "the error is read on the thread of the call");
  }

  @Test
  void interruptDuringNativeCallIsPreserved() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch mayReturn = new CountDownLatch(1);
    when(libvirt.library.virDomainSuspend(libvirt.domain))
        .then(
            call -> {
              inside.countDown();
              mayReturn.await();
              return 0;
            });
    try (Domain domain = libvirt.open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Thread> caller = new ArrayList<>();
      Future<Boolean> interrupted =
          threads.submit(
              () -> {
                caller.add(Thread.currentThread());
                domain.suspend();
                return Thread.currentThread().isInterrupted();
              });
      inside.await();
      caller.get(0).interrupt();
      mayReturn.countDown();
      assertTrue(interrupted.get(30, TimeUnit.SECONDS));
    }
    libvirt.references.assertBalanced();
  }
}
