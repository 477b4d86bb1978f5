package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;

/** What libvirt documents, for the drivers that were not measured. */
final class DocumentedRules implements DriverRules {
  private static final int ALL_FLAGS = 15;

  private static final ImmutableList<Rule> RULES =
      ImmutableList.of(
          CommonRules.READ_ONLY.documented(),
          CommonRules.UNKNOWN_TARGET.documented(),
          CommonRules.CONTRADICTORY_FLAGS.documented(),
          CommonRules.unknownFlags(situation -> ALL_FLAGS).documented(),
          CommonRules.TRANSIENT_TO_SHUT_OFF.documented(),
          CommonRules.NO_DOMAIN_DESCRIBED,
          CommonRules.MANAGED_SAVE_WITHOUT_MEMORY.documented(),
          new Rule(
              "the target state, for a reason that is not documented",
              situation -> true,
              situation ->
                  new Forecast(Optional.empty(), situation.targetState(), Optional.empty()),
              ImmutableList.of()));

  @Override
  public List<Rule> rules() {
    return RULES;
  }

  @Override
  public Safety safety(Situation situation) {
    return Safety.none("what this driver keeps in a snapshot is not known");
  }

  @Override
  public List<String> unknowns(Situation situation) {
    return ImmutableList.of(
        "whether this driver does what libvirt documents: this plan knows nothing else about it");
  }
}
