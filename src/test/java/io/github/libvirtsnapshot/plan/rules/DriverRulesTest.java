package io.github.libvirtsnapshot.plan.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Joiner;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.FamilyRow;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertRow;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the rules with measured reverts of the real drivers. */
class DriverRulesTest {
  private static final int ROWS = 1512;

  private static String predict(RevertRow row, long libvirtVersion) {
    Facts facts = row.facts(libvirtVersion);
    PredictedResult prediction = DriverRules.of(facts.driver().name()).predict(facts);
    return prediction.refusal().map(Refusal::code).map(code -> code.value()).orElse(0)
        + " "
        + prediction.reason().map(StateReason::name).orElse("?");
  }

  @ParameterizedTest
  @CsvSource({"7.0.0, 7000000", "9.0.0, 9000000", "11.3.0, 11003000", "12.8.0, 12008000"})
  void rulesPredictEachMeasuredRevert(String libvirt, long version) {
    List<RevertRow> rows = RevertRow.seenOn(libvirt);
    assertEquals(ROWS, rows.size());
    List<String> wrong = new ArrayList<>();
    for (RevertRow row : rows) {
      String predicted = predict(row, version);
      if (!predicted.equals(row.code() + " " + row.after())) {
        wrong.add(row + " but the rules say " + predicted);
      }
    }
    assertEquals("", Joiner.on('\n').join(wrong));
  }

  static Stream<DriverRules> drivers() {
    return Stream.of("QEMU", "TEST", "Xen").map(DriverRules::of);
  }

  @ParameterizedTest
  @MethodSource("drivers")
  void ruleNamesAreUniqueAndLastRuleAlwaysApplies(DriverRules rules) {
    Set<String> names = new HashSet<>();
    rules.rules().forEach(rule -> assertTrue(names.add(rule.name()), rule.name()));
    Rule last = rules.rules().get(rules.rules().size() - 1);
    assertTrue(
        RevertRow.seenOn("9.0.0").stream()
            .allMatch(row -> last.apply(row.facts(9_000_000)).isPresent()));
  }

  /** A rule lists a version if at least one measured row of that version applies the rule. */
  @ParameterizedTest
  @CsvSource({"7.0.0, 7000000", "9.0.0, 9000000", "11.3.0, 11003000", "12.8.0, 12008000"})
  void eachRuleListsExactlyTheVersionsItWasSeenOn(String libvirt, long version) {
    List<Facts> measuredFacts =
        RevertRow.seenOn(libvirt).stream().map(row -> row.facts(version)).toList();
    for (String driver : List.of("QEMU", "TEST")) {
      DriverRules rules = DriverRules.of(driver);
      Set<Rule> used = new HashSet<>();
      measuredFacts.stream()
          .filter(facts -> facts.driver().name().equals(driver))
          .forEach(
              facts ->
                  rules.rules().stream()
                      .filter(rule -> rule.apply(facts).isPresent())
                      .findFirst()
                      .ifPresent(used::add));
      for (Rule rule : rules.rules()) {
        boolean neverMeasured = rule.equals(CommonRules.UNKNOWN_TARGET);
        boolean seen =
            used.contains(rule) || FamilyRow.seenOn(libvirt).contains(driver + " " + rule.name());
        if (!neverMeasured) {
          assertEquals(rule.seenOn().contains(libvirt), seen, rule.name());
        }
      }
    }
  }

  @Test
  void rulesOfUnmeasuredDriverAreDocumentedOnly() {
    assertTrue(DriverRules.of("Xen").rules().stream().allMatch(rule -> rule.seenOn().isEmpty()));
    assertEquals(Optional.empty(), PredictedResult.UNKNOWN.state());
  }
}
