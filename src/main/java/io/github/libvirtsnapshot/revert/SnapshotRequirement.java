package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

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
   * @throws LibvirtException if the snapshot does not meet some of them; the message lists these
   */
  static void check(List<SnapshotRequirement> requirements, SnapshotDetails snapshot)
      throws LibvirtException {
    List<SnapshotRequirement> unmet =
        requirements.stream().filter(requirement -> !requirement.condition.test(snapshot)).toList();
    if (!unmet.isEmpty()) {
      throw new LibvirtException(
          LibvirtError.none(
              snapshot
                  + " does not meet what is required: "
                  + unmet.stream()
                      .map(requirement -> LogEscaper.quote(requirement.words))
                      .collect(Collectors.joining(", "))
                  + "; select another snapshot, or omit require() or requireMemory()"));
    }
  }
}
