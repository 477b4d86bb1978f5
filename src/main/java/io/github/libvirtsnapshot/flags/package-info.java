/**
 * The flags of libvirt's functions, for the methods of the {@linkplain io.github.libvirtsnapshot
 * root package}: one enum for each set, such as {@link io.github.libvirtsnapshot.flags.RevertFlag}.
 *
 * <pre>{@code
 * String xml = "<domainsnapshot><name>clean-install</name></domainsnapshot>";
 * try (DomainSnapshot snapshot =
 *     domain.snapshotCreateXML(xml, SnapshotCreateFlag.DISK_ONLY, SnapshotCreateFlag.ATOMIC)) {
 *   domain.revertToSnapshot(snapshot, RevertFlag.PAUSED, RevertFlag.FORCE);
 * }
 * for (DomainSnapshot leaf : domain.listAllSnapshots(SnapshotListFlag.LEAVES)) {
 *   try (leaf) {
 *     System.out.println(leaf.getName());
 *   }
 * }
 * }</pre>
 *
 * <p>A constant has libvirt's name without the prefix that all constants of its set share.
 */
@NullMarked
package io.github.libvirtsnapshot.flags;

import org.jspecify.annotations.NullMarked;
