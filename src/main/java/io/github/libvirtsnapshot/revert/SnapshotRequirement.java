package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A condition that the selected snapshot has to meet.
 *
 * @param words what is required, for a message
 */
record SnapshotRequirement(String words, Predicate<SnapshotDetails> condition) {
  static final SnapshotRequirement MEMORY =
      new SnapshotRequirement("the memory of the guest", SnapshotDetails::hasMemory);

  /**
   * Tests all requirements.
   *
   * @throws SelectionException if the snapshot does not meet some of them; the message lists these
   */
  static void check(List<SnapshotRequirement> requirements, SnapshotDetails snapshot)
      throws SelectionException {
    List<String> unmet = new ArrayList<>();
    for (SnapshotRequirement requirement : requirements) {
      String quoted = LogEscaper.quote(requirement.words);
      if (!test("the requirement " + quoted, requirement.condition, snapshot)) {
        unmet.add(quoted);
      }
    }
    if (!unmet.isEmpty()) {
      throw new SelectionException(
          snapshot
              + " does not meet what is required: "
              + String.join(", ", unmet)
              + "; select another snapshot, or omit require() or requireMemory()",
          null);
    }
  }

  /**
   * Tests a condition of the program.
   *
   * @param words names the condition in the message of the exception
   * @throws SelectionException if the condition throws an exception, which is the cause
   */
  static boolean test(String words, Predicate<SnapshotDetails> condition, SnapshotDetails snapshot)
      throws SelectionException {
    Tried<Boolean> tested = Tried.of(() -> condition.test(snapshot));
    if (tested.failure().isPresent()) {
      Throwable failure = tested.failure().get();
      throw new SelectionException(
          words
              + " failed for snapshot "
              + LogEscaper.quote(snapshot.name())
              + ": "
              + ErrorFormatter.of(failure),
          failure);
    }
    return tested.value().orElseThrow();
  }
}
