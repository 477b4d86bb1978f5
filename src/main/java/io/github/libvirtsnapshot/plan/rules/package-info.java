/**
 * The rules by which libvirt's drivers revert. A rule derives the result of a revert from the facts
 * and does not call libvirt.
 *
 * <p>Internal to the library.
 */
@NullMarked
package io.github.libvirtsnapshot.plan.rules;

import org.jspecify.annotations.NullMarked;
