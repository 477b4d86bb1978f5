/**
 * How libvirt's drivers revert: rules from the facts to how a revert ends. They ask nothing.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.plan.rules;
