package io.github.libvirtsnapshot.scheduling;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import org.jspecify.annotations.Nullable;

/** Checks what a function of the program returned for a domain, before anything is reverted. */
public final class ReturnedReverter {
  private ReturnedReverter() {}

  /**
   * Returns the reverter.
   *
   * @throws NullPointerException if the function returned null
   * @throws IllegalArgumentException if the reverter is one of another domain or connection
   */
  public static SnapshotReverter check(@Nullable SnapshotReverter returned, Domain domain) {
    checkNotNull(returned, "the function returned null instead of a reverter of %s", domain);
    checkArgument(
        HandleAccess.isSameDomain(returned.domain(), domain),
        "the function returned a reverter of %s, but was called for %s: return a reverter of the"
            + " handle that is passed to the function",
        returned.domain(),
        domain);
    return returned;
  }
}
