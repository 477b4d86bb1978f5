/**
 * Tells what a revert would do, without reverting: a {@link
 * io.github.libvirtsnapshot.plan.RevertPlan} predicts the state, the refusal and the way out, and
 * everything that would be lost. The other types are its parts.
 *
 * <pre>{@code
 * RevertPlan plan = SnapshotReverter.of(domain).to("clean-install").running().plan();
 * System.out.println(plan);
 * if (plan.refusal().isPresent()) {
 *   System.err.println("libvirt would refuse: " + plan.refusal().get().wayOut());
 * } else if (!plan.matchesTarget()) {
 *   System.err.println("libvirt would leave: " + plan.stateAfter());
 * }
 * for (Loss loss : plan.losses()) {
 *   System.out.println("would be lost: " + loss);
 * }
 * }</pre>
 *
 * <p>A plan follows rules. Each rule describes the observed behavior of one of libvirt's drivers,
 * with the versions on which it was observed.
 */
@NullMarked
package io.github.libvirtsnapshot.plan;

import org.jspecify.annotations.NullMarked;
