/**
 * {@link io.github.libvirtsnapshot.revert.SnapshotReverter} reverts a domain to a snapshot. A
 * successful revert returns a {@link io.github.libvirtsnapshot.revert.RevertReport}; a {@link
 * io.github.libvirtsnapshot.revert.RevertException} says what failed and the state of the domain.
 */
@NullMarked
package io.github.libvirtsnapshot.revert;

import org.jspecify.annotations.NullMarked;
