/**
 * The guest of a domain: {@link io.github.libvirtsnapshot.guest.GuestProbe} waits until the guest
 * is ready, {@link io.github.libvirtsnapshot.guest.GuestAgent} calls its agent, which sets its
 * clock and thaws its file systems, and {@link io.github.libvirtsnapshot.guest.GuestNetwork} takes
 * the links of its network interfaces down and up.
 */
@NullMarked
package io.github.libvirtsnapshot.guest;

import org.jspecify.annotations.NullMarked;
