/**
 * The losses of a revert, the contents that it restores, and whether it can be undone, derived from
 * the facts.
 *
 * <p>Internal to the library.
 */
@NullMarked
package io.github.libvirtsnapshot.plan.analysis;

import org.jspecify.annotations.NullMarked;
