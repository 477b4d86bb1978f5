package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A condition under which a snapshot is impossible, or cannot be reverted to.
 *
 * @param condition whether the obstacle exists
 * @param reason the obstacle in words
 * @param wayOut what to do about it; empty if nothing helps
 */
record Obstacle(Predicate<Facts> condition, String reason, String wayOut) {
  /** Creates an obstacle about which nothing can be done. */
  Obstacle(Predicate<Facts> condition, String reason) {
    this(condition, reason, "");
  }

  /** Returns the first obstacle that exists. */
  static Optional<Obstacle> first(List<Obstacle> all, Facts facts) {
    return all.stream().filter(obstacle -> obstacle.condition.test(facts)).findFirst();
  }

  /** Returns the obstacle and the way out, on one line. */
  String words() {
    return wayOut.isEmpty() ? reason : reason + "; " + wayOut;
  }
}
