package io.github.libvirtsnapshot.testing;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** What the builders and the fake say of a domain unless a test says otherwise. */
final class TestValues {
  private static final int ID = 1;

  private TestValues() {}

  /** Returns the same UUID for the same name. */
  static String uuid(String domain) {
    return UUID.nameUUIDFromBytes(domain.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** Returns the status of a persistent domain without a managed save image. */
  static DomainStatus status(DomainState state, String currentSnapshot) {
    boolean active = state != DomainState.SHUTOFF;
    return new DomainStatus(
        StateAndReason.of(reason(state)),
        active ? OptionalInt.of(ID) : OptionalInt.empty(),
        Optional.of(currentSnapshot),
        true,
        false);
  }

  /** Returns the reason that a revert leaves, or any reason where a revert leaves no such state. */
  static StateReason reason(DomainState state) {
    return switch (state) {
      case RUNNING -> StateReason.RUNNING_FROM_SNAPSHOT;
      case PAUSED -> StateReason.PAUSED_FROM_SNAPSHOT;
      case SHUTOFF -> StateReason.SHUTOFF_FROM_SNAPSHOT;
      default ->
          Arrays.stream(StateReason.values())
              .filter(reason -> reason.state() == state)
              .findFirst()
              .orElseThrow();
    };
  }
}
