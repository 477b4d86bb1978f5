package io.github.libvirtsnapshot.testing;

import io.github.libvirtsnapshot.DomainState;
import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot of a domain of a {@link FakeLibvirt}.
 *
 * @param created the time of the guest, if the guest was running
 */
record FakeSnapshot(String name, Optional<String> parent, DomainState takenIn, Instant created) {
  FakeSnapshot withParent(Optional<String> other) {
    return new FakeSnapshot(name, other, takenIn, created);
  }
}
