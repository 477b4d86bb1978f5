package io.github.libvirtsnapshot.plan.rules;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.plan.facts.Facts;

/**
 * The rules by which one of libvirt's drivers reverts. The rules do not call libvirt: the same
 * facts always give the same prediction.
 */
public final class DriverRules {
  private final ImmutableList<Rule> rules;

  private DriverRules(ImmutableList<Rule> rules) {
    this.rules = rules;
  }

  /** Returns the rules of the driver of this name. */
  public static DriverRules of(String driver) {
    return new DriverRules(
        switch (driver) {
          case "TEST" -> TestDriverRules.ALL;
          case "QEMU" -> QemuRules.ALL;
          default -> DocumentedRules.ALL;
        });
  }

  /**
   * Returns the rules in order. The first rule that applies determines the result of a revert; the
   * last rule always applies.
   */
  ImmutableList<Rule> rules() {
    return rules;
  }

  /** Predicts the result of a revert. */
  public PredictedResult predict(Facts facts) {
    return rules.stream().flatMap(rule -> rule.apply(facts).stream()).findFirst().orElseThrow();
  }
}
