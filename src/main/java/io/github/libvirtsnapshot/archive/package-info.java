/**
 * Moves the metadata of a domain's snapshots to another host, another name or another UUID: {@link
 * io.github.libvirtsnapshot.archive.SnapshotArchive} is an immutable value with a text form.
 *
 * <pre>{@code
 * SnapshotArchive archive = SnapshotArchive.of(domain);
 * String text = archive.toText();
 * try (Connect other = new Connect("qemu+ssh://host2/system");
 *     Domain moved = other.domainLookupByName("web02")) {
 *   SnapshotArchive renamed =
 *       SnapshotArchive.parse(text).forDomain(moved.getName(), moved.getUUIDString());
 *   ArchivePlan plan = renamed.plan(moved);
 *   if (plan.refusals().isEmpty()) {
 *     renamed.restoreTo(moved);
 *   }
 * }
 * }</pre>
 */
@NullMarked
package io.github.libvirtsnapshot.archive;

import org.jspecify.annotations.NullMarked;
