package io.github.libvirtsnapshot.plan.rules;

import com.google.common.collect.ImmutableList;
import java.util.Optional;

/** The behavior that libvirt documents, for the drivers that were not measured. */
final class DocumentedRules {
  private static final int ALL_FLAGS = 15;

  static final ImmutableList<Rule> ALL =
      ImmutableList.of(
          CommonRules.READ_ONLY.documented(),
          CommonRules.UNKNOWN_TARGET.documented(),
          CommonRules.CONTRADICTORY_FLAGS.documented(),
          CommonRules.unknownFlags(facts -> ALL_FLAGS).documented(),
          CommonRules.TRANSIENT_TO_SHUT_OFF.documented(),
          CommonRules.NO_DOMAIN_DESCRIBED,
          CommonRules.MANAGED_SAVE_WITHOUT_MEMORY.documented(),
          Rule.ends(
                  "the target state, for a reason that is not documented",
                  facts -> true,
                  facts ->
                      new PredictedResult(
                          Optional.empty(), facts.request().targetState(), Optional.empty()))
              .documented());

  private DocumentedRules() {}
}
