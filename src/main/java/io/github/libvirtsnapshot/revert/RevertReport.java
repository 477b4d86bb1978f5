package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.RevertFlag;
import java.time.Duration;

/**
 * A revert that did what was asked.
 *
 * @param domain the name of the domain
 * @param snapshot the name of the snapshot it was reverted to
 * @param flags the flags as libvirt got them; {@link RevertFlag#describe} names them
 * @param before the domain right before
 * @param after the domain right after
 * @param elapsed how long libvirt took for the revert itself
 */
public record RevertReport(
    String domain,
    String snapshot,
    int flags,
    DomainStatus before,
    DomainStatus after,
    Duration elapsed) {}
