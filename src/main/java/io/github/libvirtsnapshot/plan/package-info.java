/**
 * A {@link io.github.libvirtsnapshot.plan.RevertPlan} describes what a revert would do, without
 * reverting; the other types are its parts.
 *
 * <p>A plan follows rules. Each rule describes the observed behavior of one of libvirt's drivers,
 * with the versions on which it was observed.
 */
@NullMarked
package io.github.libvirtsnapshot.plan;

import org.jspecify.annotations.NullMarked;
