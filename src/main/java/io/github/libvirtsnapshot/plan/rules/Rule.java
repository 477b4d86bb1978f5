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
 * The behavior of a driver under a condition.
 *
 * @param name a short description of the condition
 * @param versions the versions of libvirt to which the rule applies, as in {@link
 *     io.github.libvirtsnapshot.host.HypervisorDriver#libvirtVersion}
 * @param ending the result of a revert, empty if the rule does not apply; a pure function
 * @param seenOn the versions of libvirt on which the behavior was observed, as in {@code 9.0.0};
 *     empty if it is only documented
 */
record Rule(
    String name,
    Range<Long> versions,
    Function<Facts, Optional<PredictedResult>> ending,
    List<String> seenOn) {
  /** The versions on which most rules were observed. */
  private static final ImmutableList<String> MEASURED =
      ImmutableList.of("7.0.0", "9.0.0", "11.3.0", "12.8.0");

  /** Returns a rule that was observed on all measured versions. */
  private static Rule measured(String name, Function<Facts, Optional<PredictedResult>> ending) {
    return new Rule(name, Range.all(), ending, MEASURED);
  }

  /** Returns a rule for the result of a revert if the condition holds. */
  static Rule ends(
      String name, Predicate<Facts> condition, Function<Facts, PredictedResult> ending) {
    return measured(name, facts -> Optional.of(facts).filter(condition).map(ending));
  }

  /** Returns a rule for the refusal that the function returns, if any. */
  static Rule refuses(String name, Function<Facts, Optional<Refusal>> refusal) {
    return measured(
        name,
        facts -> refusal.apply(facts).map(why -> PredictedResult.refused(why, facts.before())));
  }

  /** Returns a rule for a refusal if the condition holds. */
  static Rule refuses(String name, Predicate<Facts> condition, Refusal refusal) {
    return refuses(name, facts -> Optional.of(refusal).filter(why -> condition.test(facts)));
  }

  /** Returns the same rule for libvirt before a version. */
  Rule before(long version) {
    return new Rule(name, versions.intersection(Range.lessThan(version)), ending, seenOn);
  }

  /** Returns the same rule for libvirt from a version on. */
  Rule since(long version) {
    return new Rule(name, versions.intersection(Range.atLeast(version)), ending, seenOn);
  }

  /** Returns the same rule, observed on these versions. */
  Rule seenOn(String... seen) {
    return new Rule(name, versions, ending, ImmutableList.copyOf(seen));
  }

  /** Returns the same rule, as documented for drivers that were not measured. */
  Rule documented() {
    return new Rule(name, versions, ending, ImmutableList.of());
  }

  /** Returns the result of a revert, if this rule applies. */
  Optional<PredictedResult> apply(Facts facts) {
    return versions.contains(facts.driver().libvirtVersion())
        ? ending.apply(facts)
        : Optional.empty();
  }
}
