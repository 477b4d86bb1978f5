/**
 * The {@link io.github.libvirtsnapshot.snapshots.SnapshotTree} of a domain, and the details of each
 * snapshot.
 */
@NullMarked
package io.github.libvirtsnapshot.snapshots;

import org.jspecify.annotations.NullMarked;
