/**
 * The {@link io.github.libvirtsnapshot.snapshots.SnapshotTree} of a domain, and the details of each
 * snapshot.
 */
package io.github.libvirtsnapshot.snapshots;
