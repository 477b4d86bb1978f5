package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.RevertFlag;
import java.util.Optional;

/**
 * What was asked of one run.
 *
 * @param domain the name of the domain
 * @param snapshot the name of the snapshot; empty for the current one while that is not known
 * @param flags the flags as libvirt gets them
 */
record RevertRequest(String domain, Optional<String> snapshot, int flags) {
  RevertRequest with(String snapshotName) {
    return new RevertRequest(domain, Optional.of(snapshotName), flags);
  }

  /** Returns a text fit for a log, as in {@code domain "a" to snapshot "b" (flags = none)}. */
  @Override
  public String toString() {
    String target =
        snapshot.map(name -> "snapshot " + LogText.quote(name)).orElse("its current snapshot");
    return "domain "
        + LogText.quote(domain)
        + " to "
        + target
        + " (flags = "
        + RevertFlag.describe(flags)
        + ")";
  }
}
