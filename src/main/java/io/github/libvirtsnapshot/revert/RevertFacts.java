package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a run so far; what a report and an exception have in common.
 *
 * @param begun when libvirt was asked to revert, if it was
 */
record RevertFacts(
    RevertRequest request,
    Optional<DomainStatus> before,
    Optional<String> safetySnapshot,
    Optional<Instant> begun,
    List<RevertAttempt> attempts) {

  static RevertFacts of(RevertRequest request) {
    return new RevertFacts(
        request, Optional.empty(), Optional.empty(), Optional.empty(), ImmutableList.of());
  }

  RevertFacts with(RevertRequest newRequest) {
    return new RevertFacts(newRequest, before, safetySnapshot, begun, attempts);
  }

  RevertFacts with(DomainStatus status) {
    return new RevertFacts(request, Optional.of(status), safetySnapshot, begun, attempts);
  }

  RevertFacts withSafetySnapshot(String name) {
    return new RevertFacts(request, before, Optional.of(name), begun, attempts);
  }

  RevertFacts withoutSafetySnapshot() {
    return new RevertFacts(request, before, Optional.empty(), begun, attempts);
  }

  RevertFacts begunAt(Instant instant) {
    return new RevertFacts(request, before, safetySnapshot, Optional.of(instant), attempts);
  }

  RevertFacts with(RevertAttempt attempt) {
    return new RevertFacts(
        request,
        before,
        safetySnapshot,
        begun,
        ImmutableList.<RevertAttempt>builder().addAll(attempts).add(attempt).build());
  }
}
