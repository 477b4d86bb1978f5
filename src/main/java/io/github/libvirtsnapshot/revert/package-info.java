/**
 * Reverts a domain to a snapshot, checks the state that libvirt left, and reports both: {@link
 * io.github.libvirtsnapshot.revert.SnapshotReverter}. A successful revert returns a {@link
 * io.github.libvirtsnapshot.revert.RevertReport}; a {@link
 * io.github.libvirtsnapshot.revert.RevertException} says what failed and the state of the domain.
 *
 * <pre>{@code
 * SnapshotReverter reverter =
 *     SnapshotReverter.of(domain).to("clean-install").running().withSafetySnapshot();
 * try {
 *   RevertReport report = reverter.revert();
 *   System.out.println(report.before().state() + " -> " + report.after().state());
 *   SnapshotReverter.of(domain).undo(report);
 * } catch (RevertException e) {
 *   System.err.println(e.outcome() + ": " + e.getMessage());
 * }
 * }</pre>
 */
@NullMarked
package io.github.libvirtsnapshot.revert;

import org.jspecify.annotations.NullMarked;
