/**
 * Everything that the XML of a snapshot says, fetched and read once in a run.
 *
 * <p>Internal to the library.
 */
@NullMarked
package io.github.libvirtsnapshot.snapshots.descriptions;

import org.jspecify.annotations.NullMarked;
