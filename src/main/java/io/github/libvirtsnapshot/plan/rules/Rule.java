package io.github.libvirtsnapshot.plan.rules;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Range;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Something that a driver does in some situations.
 *
 * @param name what it is, in a few words
 * @param versions the versions of libvirt that do it, as in {@link
 *     io.github.libvirtsnapshot.host.HypervisorDriver#libvirtVersion}
 * @param ending how a revert ends; empty where the rule does not apply. A pure function
 * @param seenOn the versions of libvirt that it was seen on, as in {@code 9.0.0}; none if it is
 *     only documented
 */
record Rule(
    String name,
    Range<Long> versions,
    Function<Facts, Optional<PredictedResult>> ending,
    List<String> seenOn) {
  /** The versions that most rules were seen on. */
  private static final ImmutableList<String> MEASURED =
      ImmutableList.of("7.0.0", "9.0.0", "11.3.0", "12.8.0");

  /** A rule that was seen on all versions that were measured. */
  private static Rule measured(String name, Function<Facts, Optional<PredictedResult>> ending) {
    return new Rule(name, Range.all(), ending, MEASURED);
  }

  /** A revert ends so where the condition holds. */
  static Rule ends(
      String name, Predicate<Facts> condition, Function<Facts, PredictedResult> ending) {
    return measured(name, facts -> Optional.of(facts).filter(condition).map(ending));
  }

  /** A revert ends in the refusal that is found, if one is. */
  static Rule refuses(String name, Function<Facts, Optional<Refusal>> refusal) {
    return measured(
        name,
        facts -> refusal.apply(facts).map(why -> PredictedResult.refused(why, facts.before())));
  }

  /** A revert ends in this refusal where the condition holds. */
  static Rule refuses(String name, Predicate<Facts> condition, Refusal refusal) {
    return refuses(name, facts -> Optional.of(refusal).filter(why -> condition.test(facts)));
  }

  /** The same rule, of libvirt before a version. */
  Rule before(long version) {
    return new Rule(name, Range.lessThan(version), ending, seenOn);
  }

  /** The same rule, of libvirt from a version on. */
  Rule since(long version) {
    return new Rule(name, Range.atLeast(version), ending, seenOn);
  }

  /** The same rule, which was seen on these versions. */
  Rule seenOn(String... seen) {
    return new Rule(name, versions, ending, ImmutableList.copyOf(seen));
  }

  /** The same rule, as documented for drivers that were not measured. */
  Rule documented() {
    return new Rule(name, versions, ending, ImmutableList.of());
  }

  /** Returns how a revert ends, if this rule applies. */
  Optional<PredictedResult> apply(Facts facts) {
    return versions.contains(facts.driver().libvirtVersion())
        ? ending.apply(facts)
        : Optional.empty();
  }
}
