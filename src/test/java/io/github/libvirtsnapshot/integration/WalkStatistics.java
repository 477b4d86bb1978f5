package io.github.libvirtsnapshot.integration;

import com.google.common.base.Joiner;
import com.google.common.collect.Multiset;
import com.google.common.collect.Multisets;
import com.google.common.collect.TreeMultiset;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What happened in random walks, for a reader who judges whether the refusals were necessary. */
final class WalkStatistics {
  private static final Pattern NAME = Pattern.compile("\"[^\"]*\"|'[^']*'|/\\S+");
  private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /** The plan names an image that the library could not read. */
  private static final Pattern UNREAD = Pattern.compile("can be read|could not read");

  private final Multiset<String> actions = TreeMultiset.create();
  private final Multiset<String> outcomes = TreeMultiset.create();
  private final Multiset<String> refusals = TreeMultiset.create();
  private final Multiset<String> contents = TreeMultiset.create();
  private final Multiset<String> needlessWarnings = TreeMultiset.create();
  private final Multiset<String> unread = TreeMultiset.create();
  private int steps;
  private int plansWithPool;
  private int plansWithUnreadImages;

  void addStep() {
    steps++;
  }

  /** Adds an action of {@code guest_driver.py}. */
  void addAction(String action) {
    actions.add(action);
  }

  /** Adds the outcome of a revert, an undo or a deletion of a safety snapshot. */
  void addOutcome(String outcome) {
    outcomes.add(outcome);
  }

  /** Adds the message of a revert that was not started. */
  void addRefusal(String message) {
    String reason = message.substring(message.indexOf(" was not started: ") + 1);
    refusals.add(withoutNames(reason));
  }

  /**
   * Adds whether a part has the content of the snapshot after a revert, as far as it was observed.
   */
  void addContent(RestoredPart part, boolean isRestored) {
    contents.add(part.certainty().words() + (isRestored ? ", restored" : ", not restored"));
    if (part.certainty() == Certainty.CHANGED && isRestored) {
      needlessWarnings.add(withoutNames(part.reason()));
    }
  }

  /** Adds a plan of a guest whose images are in a pool. */
  void addPlanWithPool(RevertPlan plan) {
    List<String> lines =
        Stream.concat(plan.unknowns().stream(), plan.contents().stream().map(part -> part.reason()))
            .filter(line -> UNREAD.matcher(line).find())
            .toList();
    plansWithPool++;
    if (!lines.isEmpty()) {
      plansWithUnreadImages++;
      unread.add(withoutNames(lines.get(0)));
    }
  }

  /** Messages that differ only in names, times and numbers count as the same message. */
  private static String withoutNames(String message) {
    String shorter = NAME.matcher(message).replaceAll("X");
    return NUMBER.matcher(TIME.matcher(shorter).replaceAll("T")).replaceAll("N");
  }

  private static String lines(Multiset<String> counted) {
    return Joiner.on("\n  ").join(Multisets.copyHighestCountFirst(counted).entrySet());
  }

  @Override
  public String toString() {
    return "steps of random walks: "
        + steps
        + ", outcomes: "
        + outcomes
        + "\nactions: "
        + actions
        + "\ncontents: "
        + contents
        + "\nparts that were restored although the report said that they were changed:\n  "
        + lines(needlessWarnings)
        + "\nreverts that were not started:\n  "
        + lines(refusals)
        + "\nplans of guests whose images are in a pool: "
        + plansWithPool
        + ", of which list an unread image: "
        + plansWithUnreadImages
        + "\n  "
        + lines(unread);
  }
}
