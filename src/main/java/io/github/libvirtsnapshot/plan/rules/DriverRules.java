package io.github.libvirtsnapshot.plan.rules;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.plan.facts.Facts;

/**
 * How one of libvirt's drivers reverts. It asks libvirt nothing: the same facts lead to the same
 * forecast.
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
   * Returns the rules, of which the first that applies says how a revert ends; the last always
   * does.
   */
  ImmutableList<Rule> rules() {
    return rules;
  }

  /** Returns how a revert ends. */
  public PredictedResult predict(Facts facts) {
    return rules.stream().flatMap(rule -> rule.apply(facts).stream()).findFirst().orElseThrow();
  }
}
