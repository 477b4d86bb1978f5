package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.RevertFlag;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A revert that did what was asked.
 *
 * @param request what was asked
 * @param before the domain right before
 * @param after the domain right after
 * @param elapsed how long libvirt took for the revert itself, in its last attempt
 * @param attempts each call of libvirt's revert, in order; the last one succeeded
 * @param enforced what was done so that the domain is in the state asked for, where libvirt left
 *     another; empty where it did not
 * @param safetySnapshot the name of the snapshot that keeps what the domain was before, if one was
 *     asked for; it is the caller's to delete
 */
public record RevertReport(
    RevertRequest request,
    DomainStatus before,
    DomainStatus after,
    Duration elapsed,
    List<RevertAttempt> attempts,
    List<StateStep> enforced,
    Optional<String> safetySnapshot) {

  /** Returns the name of the domain. */
  public String domain() {
    return request.domain();
  }

  /** Returns the name of the snapshot that the domain was reverted to. */
  public String snapshot() {
    return request.snapshot().orElseThrow();
  }

  /** Returns the flags as libvirt got them; {@link RevertFlag#describe} names them. */
  public int flags() {
    return request.flags();
  }

  /**
   * Undoes the revert: takes the domain back to its safety snapshot, which is kept. What it became
   * since the revert is lost.
   *
   * @param domain the same domain, on any connection
   * @throws RevertException as {@link SnapshotReverter#revert} does
   * @throws IllegalStateException if there is no safety snapshot
   * @throws IllegalArgumentException if it is another domain
   */
  public RevertReport undo(Domain domain) throws RevertException {
    checkState(
        safetySnapshot.isPresent(),
        "this revert can't be undone: it was made without withSafetySnapshot()");
    checkArgument(
        domain.getUUIDString().equals(request.uuid()),
        "%s (UUID %s) is not the domain that was reverted (UUID %s)",
        domain,
        domain.getUUIDString(),
        request.uuid());
    return SnapshotReverter.of(domain).to(safetySnapshot.get()).force().revert();
  }
}
