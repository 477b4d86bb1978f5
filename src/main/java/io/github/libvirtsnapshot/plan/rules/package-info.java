/**
 * The rules by which libvirt's drivers revert. A rule derives the result of a revert from the facts
 * and does not call libvirt.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.plan.rules;
