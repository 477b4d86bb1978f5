package io.github.libvirtsnapshot.creation;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.internal.Tried;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How the guest differs from before the snapshot.
 *
 * @param notRestored what was not restored, each with the command that restores it, on one line
 * @param byOthers the changes that neither the library nor a snapshot makes, each on one line
 */
record GuestChanges(List<String> notRestored, List<String> byOthers) {
  /**
   * Finds the changes.
   *
   * @param notRestored what the library could not restore; if so, the state is known to differ
   */
  static GuestChanges of(Domain domain, DomainStatus before, Optional<String> notRestored) {
    if (notRestored.isPresent()) {
      return new GuestChanges(notRestored.stream().toList(), List.of());
    }
    Tried<DomainStatus> now = Tried.of(() -> DomainStatus.of(domain));
    return now.failure()
        .map(
            failure ->
                new GuestChanges(
                    List.of(
                        "the state of the domain is unknown: "
                            + GuestPreparation.message(failure)
                            + "; to query the state: virsh domstate --reason "
                            + word(domain)
                            + "; to resume the guest if it is paused: virsh resume "
                            + word(domain)),
                    List.of()))
        .orElseGet(() -> of(domain, before, now.value().orElseThrow()));
  }

  private static GuestChanges of(Domain domain, DomainStatus before, DomainStatus now) {
    if (now.isSameStateAs(before)) {
      return new GuestChanges(List.of(), List.of());
    }
    String change =
        "the domain was " + before.stateAndReason() + " and is now " + now.stateAndReason();
    return command(now)
        .filter(command -> before.state() == DomainState.RUNNING)
        .map(command -> change + "; " + command + " " + word(domain))
        .map(restorable -> new GuestChanges(List.of(restorable), List.of()))
        .orElseGet(() -> new GuestChanges(List.of(), List.of(change)));
  }

  /** libvirt pauses a guest while it saves its memory, and QEMU can crash meanwhile. */
  private static Optional<String> command(DomainStatus now) {
    if (now.state() == DomainState.PAUSED) {
      return Optional.of("resume it: virsh resume");
    }
    return now.reason() == StateReason.SHUTOFF_CRASHED || now.reason() == StateReason.SHUTOFF_FAILED
        ? Optional.of("start it: virsh start")
        : Optional.empty();
  }

  private static String word(Domain domain) {
    return ShellText.domain(domain.getName(), domain.getUUIDString());
  }

  /** Returns all changes, each on one line. */
  List<String> all() {
    return Stream.concat(notRestored.stream(), byOthers.stream()).toList();
  }
}
