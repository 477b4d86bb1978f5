package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Measures how much memory a thread asks for: unlike a time, that is the same on a busy machine.
 */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Returns how many bytes the thread that runs it asks for meanwhile. */
  public static long of(Runnable work) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    work.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  /**
   * Checks that some work asks for no more than so many bytes for each of its parts.
   *
   * @param parts how many there are: enough that to keep something of each pair would be more
   */
  public static void assertAtMost(long bytesOfEach, int parts, Runnable work) {
    long asked = of(work);
    assertTrue(
        asked <= bytesOfEach * parts,
        "%,d bytes for %,d parts: %,d for each".formatted(asked, parts, asked / parts));
  }
}
