package io.github.libvirtsnapshot.creation;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import io.github.libvirtsnapshot.plan.facts.SnapshotRequest;
import io.github.libvirtsnapshot.plan.facts.SnapshotRequest.Preparation;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of a {@link SnapshotMaker}.
 *
 * @param preparation what happens to the guest while the snapshot is taken
 * @param atMost how long the guest may take to shut down
 */
record SnapshotSettings(
    Domain domain,
    Optional<String> name,
    Optional<String> description,
    Optional<Kind> kind,
    boolean withMemory,
    Set<String> leftOut,
    Preparation preparation,
    Duration atMost) {
  static SnapshotSettings of(Domain domain) {
    return new SnapshotSettings(
        domain,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        ImmutableSet.of(),
        Preparation.NONE,
        Duration.ZERO);
  }

  SnapshotSettings named(String text) {
    return new SnapshotSettings(
        domain, Optional.of(text), description, kind, withMemory, leftOut, preparation, atMost);
  }

  SnapshotSettings describedAs(String text) {
    return new SnapshotSettings(
        domain, name, Optional.of(text), kind, withMemory, leftOut, preparation, atMost);
  }

  SnapshotSettings of(Kind requested) {
    return new SnapshotSettings(
        domain,
        name,
        description,
        Optional.of(requested),
        withMemory,
        leftOut,
        preparation,
        atMost);
  }

  SnapshotSettings includingMemory() {
    return new SnapshotSettings(
        domain, name, description, kind, true, leftOut, preparation, atMost);
  }

  SnapshotSettings leavingOut(Set<String> targets) {
    return new SnapshotSettings(
        domain, name, description, kind, withMemory, targets, preparation, atMost);
  }

  SnapshotSettings prepared(Preparation before, Duration limit) {
    return new SnapshotSettings(
        domain, name, description, kind, withMemory, leftOut, before, limit);
  }

  /** Returns the request; there must be a name. */
  SnapshotRequest request() {
    checkState(name.isPresent(), "the snapshot of %s has no name: call named(name)", domain);
    return new SnapshotRequest(name.get(), description, kind, withMemory, leftOut, preparation);
  }
}
