package io.github.libvirtsnapshot.testing;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** The default values of a domain in the builders and in FakeLibvirt. */
final class TestValues {
  private static final int ID = 1;

  private TestValues() {}

  /** Returns the same UUID for the same name. */
  static String uuid(String domain) {
    return UUID.nameUUIDFromBytes(domain.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /**
   * Returns a request.
   *
   * @param requested the state that the flags name, if they name one
   * @param takenIn the target state without such a flag
   */
  static RevertRequest request(
      String domain, String snapshot, Optional<DomainState> requested, DomainState takenIn) {
    int flags =
        requested
            .map(state -> state == DomainState.PAUSED ? RevertFlag.PAUSED : RevertFlag.RUNNING)
            .map(RevertFlag::value)
            .orElse(0);
    return new RevertRequest(
        domain, uuid(domain), Optional.of(snapshot), flags, Optional.of(requested.orElse(takenIn)));
  }

  /** Checks a state that a flag can request. */
  static Optional<DomainState> requested(DomainState state) {
    checkArgument(
        state == DomainState.RUNNING || state == DomainState.PAUSED,
        "the requested state is %s; it has to be RUNNING or PAUSED",
        state);
    return Optional.of(state);
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
