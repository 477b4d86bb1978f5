package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Measures the memory that a thread allocates. Unlike a time, it does not depend on the load of the
 * machine.
 */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Runs some work, and returns the number of bytes that the thread allocates. */
  public static long of(Runnable work) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    work.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  /**
   * Checks that some work allocates no more than a number of bytes for each of its parts.
   *
   * @param parts the number of parts, large enough that an allocation for each pair would exceed
   *     the limit
   */
  public static void assertAtMost(long bytesOfEach, int parts, Runnable work) {
    long allocated = of(work);
    assertTrue(
        allocated <= bytesOfEach * parts,
        "%,d bytes for %,d parts: %,d for each".formatted(allocated, parts, allocated / parts));
  }
}
