/**
 * Takes snapshots that can be reverted to: {@link io.github.libvirtsnapshot.creation.SnapshotMaker}
 * chooses the kind, prepares the guest, and checks what libvirt has stored.
 *
 * <pre>{@code
 * SnapshotMaker maker =
 *     SnapshotMaker.of(domain)
 *         .named("clean-install")
 *         .describedAs("after the setup")
 *         .withMemory();
 * SnapshotPlan plan = maker.plan();
 * if (plan.refusals().isEmpty()) {
 *   try (TakenSnapshot taken = maker.take()) {
 *     List<RestoredPart> contents = taken.contents();
 *   }
 * }
 * }</pre>
 */
@NullMarked
package io.github.libvirtsnapshot.creation;

import org.jspecify.annotations.NullMarked;
