/**
 * Reverts many domains on many hosts in one call: {@link
 * io.github.libvirtsnapshot.fleet.FleetReverter}. A {@link
 * io.github.libvirtsnapshot.fleet.FleetReport} has the result of each domain.
 *
 * <pre>{@code
 * FleetReport report =
 *     FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean-install").running())
 *         .on("qemu+tls://host1/system", "web01", "web02")
 *         .on("qemu+tls://host2/system", FleetReverter.allDomains())
 *         .maxConcurrentPerHost(4)
 *         .deadline(Duration.ofMinutes(5))
 *         .revert();
 * System.out.println(report); // the totals, and each domain that was not reverted as requested
 * }</pre>
 */
@NullMarked
package io.github.libvirtsnapshot.fleet;

import org.jspecify.annotations.NullMarked;
