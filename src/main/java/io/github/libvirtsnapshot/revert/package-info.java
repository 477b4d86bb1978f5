/**
 * Reverting a domain to a snapshot, and knowing what happened to it: {@link
 * io.github.libvirtsnapshot.revert.SnapshotReverter} gathers what is asked for and runs it, a
 * {@link io.github.libvirtsnapshot.revert.RevertReport} says what was done, a {@link
 * io.github.libvirtsnapshot.revert.RevertException} what went wrong and where that left the domain.
 */
package io.github.libvirtsnapshot.revert;
