package io.github.libvirtsnapshot.junit;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.function.Function;

/** Creates the reverter of an annotation. It is equal for annotations that revert equally. */
record AnnotatedReverter(
    String snapshot,
    ImmutableSet<RevertFlag> flags,
    boolean guarded,
    Duration awaitGuest,
    boolean setClock)
    implements Function<Domain, SnapshotReverter> {

  static AnnotatedReverter of(RevertedDomain annotation) {
    return new AnnotatedReverter(
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
