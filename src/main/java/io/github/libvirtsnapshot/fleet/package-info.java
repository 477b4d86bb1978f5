/**
 * {@link io.github.libvirtsnapshot.fleet.FleetReverter} reverts many domains on many hosts; a
 * {@link io.github.libvirtsnapshot.fleet.FleetReport} has the result of each domain.
 */
@NullMarked
package io.github.libvirtsnapshot.fleet;

import org.jspecify.annotations.NullMarked;
