/**
 * What a revert would take away and bring back, and whether it could be undone, worked out from the
 * facts.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.plan.analysis;
