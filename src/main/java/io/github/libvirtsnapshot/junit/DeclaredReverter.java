package io.github.libvirtsnapshot.junit;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.function.Function;

/**
 * Creates the reverter of a declaration without a function. It is equal for declarations that
 * revert equally.
 *
 * @param snapshot the name of the snapshot; empty for the current one
 */
record DeclaredReverter(
    String snapshot,
    ImmutableSet<RevertFlag> flags,
    boolean guarded,
    Duration awaitGuest,
    boolean setClock)
    implements Function<Domain, SnapshotReverter> {

  static DeclaredReverter toCurrent() {
    return new DeclaredReverter("", ImmutableSet.of(), false, Duration.ZERO, false);
  }

  static DeclaredReverter of(RevertedDomain annotation) {
    return new DeclaredReverter(
        annotation.snapshot(),
        ImmutableSet.copyOf(annotation.flags()),
        annotation.guarded(),
        Duration.ofSeconds(annotation.awaitGuest()),
        annotation.setClock());
  }

  @Override
  public SnapshotReverter apply(Domain domain) {
    SnapshotReverter reverter = SnapshotReverter.of(domain).flags(flags.toArray(RevertFlag[]::new));
    reverter = snapshot.isEmpty() ? reverter.toCurrent() : reverter.to(snapshot);
    if (guarded) {
      reverter = reverter.guarded();
    }
    if (!awaitGuest.isZero()) {
      reverter = reverter.awaitingGuest(awaitGuest);
    }
    return setClock ? reverter.settingClock() : reverter;
  }
}
