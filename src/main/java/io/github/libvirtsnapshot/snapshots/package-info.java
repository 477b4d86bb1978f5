/**
 * Lists the snapshots of a domain as a tree: {@link
 * io.github.libvirtsnapshot.snapshots.SnapshotTree} is a consistent view of all snapshots, and
 * {@link io.github.libvirtsnapshot.snapshots.SnapshotDetails} describes each one.
 *
 * <pre>{@code
 * SnapshotTree tree = SnapshotTree.of(domain);
 * System.out.println(tree);
 * for (SnapshotDetails snapshot : tree.roots()) {
 *   System.out.println(snapshot.name() + ": " + tree.children(snapshot.name()).size());
 * }
 * tree.current().flatMap(SnapshotDetails::taken).ifPresent(System.out::println);
 * long withMemory = tree.stream().filter(SnapshotDetails::hasMemory).count();
 * System.out.println(withMemory + " of " + tree.size() + " have the memory");
 * }</pre>
 */
@NullMarked
package io.github.libvirtsnapshot.snapshots;

import org.jspecify.annotations.NullMarked;
