package io.github.libvirtsnapshot.plan.facts;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Keeps the reverts of one host apart whose new overlays could get the same name. libvirt names an
 * overlay after the image, without its extension, and the time in seconds: if it reverts two
 * domains in one second whose images differ only in the extension, both can continue in one
 * overlay. Thread-safe.
 */
public final class OverlayTurns {
  /**
   * The time until libvirt gives an overlay another name: more than a second, because the clock of
   * the host may be a little slow.
   */
  public static final Duration UNTIL_NEXT_NAME = Duration.ofMillis(1_100);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final Set<String> taken = new HashSet<>();

  /** By name, when it was last given back, as {@link System#nanoTime}. */
  private final Map<String, Long> lastEnds = new HashMap<>();

  OverlayTurns() {}

  /**
   * Runs a revert when no other revert has one of these names any more, and a new overlay gets
   * another name than those of the last one.
   *
   * @param names the images of the new overlays, without their extensions
   */
  public <T> T run(Set<String> names, Supplier<T> revert) {
    Duration rest = begin(names);
    try {
      Uninterruptibles.sleepUninterruptibly(rest);
      return revert.get();
    } finally {
      end(names);
    }
  }

  /** Returns the time to wait until the names are free on the host. */
  private Duration begin(Set<String> names) {
    lock.lock();
    try {
      while (names.stream().anyMatch(taken::contains)) {
        ended.awaitUninterruptibly();
      }
      taken.addAll(names);
      return restOfSecond(names);
    } finally {
      lock.unlock();
    }
  }

  private Duration restOfSecond(Set<String> names) {
    long now = System.nanoTime();
    return names.stream()
        .flatMap(name -> Stream.ofNullable(lastEnds.get(name)))
        .map(end -> UNTIL_NEXT_NAME.minusNanos(now - end))
        .max(Duration::compareTo)
        .filter(rest -> !rest.isNegative())
        .orElse(Duration.ZERO);
  }

  private void end(Set<String> names) {
    lock.lock();
    try {
      taken.removeAll(names);
      names.forEach(name -> lastEnds.put(name, System.nanoTime()));
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
