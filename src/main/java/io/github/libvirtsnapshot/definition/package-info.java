/**
 * What the definition of a domain says of its disks and of its NVRAM.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.definition;
