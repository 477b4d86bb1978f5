/**
 * Reverts a domain to a snapshot, and reports what happened to it: {@link
 * io.github.libvirtsnapshot.revert.SnapshotReverter} has the settings and runs a revert, a {@link
 * io.github.libvirtsnapshot.revert.RevertReport} says what was done, a {@link
 * io.github.libvirtsnapshot.revert.RevertException} what went wrong and where that left the domain.
 */
package io.github.libvirtsnapshot.revert;
