/**
 * Many domains on many hosts, reverted in one call: {@link
 * io.github.libvirtsnapshot.fleet.FleetReverter} does it, and a {@link
 * io.github.libvirtsnapshot.fleet.FleetReport} tells of each.
 */
package io.github.libvirtsnapshot.fleet;
