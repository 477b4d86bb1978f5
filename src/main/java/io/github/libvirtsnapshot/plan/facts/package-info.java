/**
 * What libvirt was asked about a domain, its snapshots and its host, before a revert. Only this
 * package asks; what it does not get an answer to is named as not known.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.plan.facts;
