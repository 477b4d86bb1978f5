/**
 * Moves the metadata of a domain's snapshots to another host, another name or another UUID: {@link
 * io.github.libvirtsnapshot.archive.SnapshotArchive}.
 */
@NullMarked
package io.github.libvirtsnapshot.archive;

import org.jspecify.annotations.NullMarked;
