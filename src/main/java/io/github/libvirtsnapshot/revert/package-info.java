/**
 * {@link io.github.libvirtsnapshot.revert.SnapshotReverter} reverts a domain to a snapshot. A
 * successful revert returns a {@link io.github.libvirtsnapshot.revert.RevertReport}; a {@link
 * io.github.libvirtsnapshot.revert.RevertException} says what failed and the state of the domain.
 */
package io.github.libvirtsnapshot.revert;
