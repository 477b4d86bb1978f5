/**
 * The parts of a domain's definition that matter to a revert: disks, NVRAM, agent channel, and the
 * state of each element.
 *
 * <p>Internal to the library.
 */
@NullMarked
package io.github.libvirtsnapshot.definition;

import org.jspecify.annotations.NullMarked;
