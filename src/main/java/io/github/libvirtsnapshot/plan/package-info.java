/**
 * What a revert would do, found out without doing it: a {@link
 * io.github.libvirtsnapshot.plan.RevertPlan} and what it is made of.
 *
 * <p>A plan follows rules. Each rule is something that one of libvirt's drivers was seen to do,
 * with the versions that it was seen on.
 */
package io.github.libvirtsnapshot.plan;
