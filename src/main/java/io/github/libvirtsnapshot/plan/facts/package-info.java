/**
 * The queries about a domain, its snapshots and its host before a revert, and their results. No
 * other part of a plan calls libvirt. A query that libvirt does not answer is recorded as an
 * unknown.
 *
 * <p>Internal to the library.
 */
@NullMarked
package io.github.libvirtsnapshot.plan.facts;

import org.jspecify.annotations.NullMarked;
