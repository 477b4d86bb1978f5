/** Takes snapshots: {@link io.github.libvirtsnapshot.creation.SnapshotMaker}. */
@NullMarked
package io.github.libvirtsnapshot.creation;

import org.jspecify.annotations.NullMarked;
