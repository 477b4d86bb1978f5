package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Something that a driver does in some situations.
 *
 * @param name what it is, in a few words
 * @param condition in which situations it does it
 * @param ending how the revert ends in these situations
 * @param seenOn the versions of libvirt that it was seen on, as in {@code 9.0.0}; none if it is
 *     only documented
 */
record Rule(
    String name,
    Predicate<Situation> condition,
    Function<Situation, Forecast> ending,
    List<String> seenOn) {
  /** The versions that most rules were seen on. */
  static final List<String> MEASURED = ImmutableList.of("7.0.0", "9.0.0", "11.3.0", "12.8.0");

  /** A rule that was seen on all versions that were measured. */
  static Rule measured(
      String name, Predicate<Situation> condition, Function<Situation, Forecast> ending) {
    return new Rule(name, condition, ending, MEASURED);
  }

  /** The same rule, as documented for drivers that were not measured. */
  Rule documented() {
    return new Rule(name, condition, ending, ImmutableList.of());
  }
}
