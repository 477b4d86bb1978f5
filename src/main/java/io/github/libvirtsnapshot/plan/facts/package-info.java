/**
 * The questions to libvirt about a domain, its snapshots and its host before a revert, and the
 * answers. No other part of a plan asks libvirt. A question without an answer is named as not
 * known.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.plan.facts;
