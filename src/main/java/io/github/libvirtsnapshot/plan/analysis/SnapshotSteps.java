package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.plan.facts.SnapshotRequest;
import java.util.List;

/** What happens to a guest that is prepared for a snapshot, in words. */
final class SnapshotSteps {
  private SnapshotSteps() {}

  static List<String> of(SnapshotRequest request, DomainStatus before) {
    if (!request.preparation().applies(before)) {
      return List.of();
    }
    return switch (request.preparation()) {
      case NONE -> List.of();
      case PAUSE -> List.of("pause the guest", "take the snapshot", "resume the guest");
      case SHUT_OFF -> List.of("shut the guest down", "take the snapshot", "start the guest");
      case FREEZE ->
          List.of("freeze the file systems", "take the snapshot", "thaw the file systems");
    };
  }
}
