/**
 * The parts of a domain's definition that matter to a revert: disks, NVRAM and agent channel.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.definition;
