package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import java.util.List;

/**
 * The part of a plan that each run needs, also one that does not plan.
 *
 * @param contents for each part of the snapshot, whether the revert restores it
 * @param changesDefinition whether the revert changes the persistent definition of the domain
 */
public record PredictedChanges(List<RestoredPart> contents, boolean changesDefinition) {
  /** Nothing was predicted. */
  public static final PredictedChanges NONE = of(ImmutableList.of());

  /** Copies the list. */
  public PredictedChanges {
    contents = List.copyOf(contents);
  }

  /** Returns the changes that a plan predicts. */
  public static PredictedChanges of(RevertPlan plan) {
    return new PredictedChanges(
        plan.contents(), !plan.configurationChanges().stream().allMatch(DiskSizes::isSize));
  }

  /** Returns the changes of which only the contents are known. */
  public static PredictedChanges of(List<RestoredPart> contents) {
    return new PredictedChanges(contents, false);
  }
}
