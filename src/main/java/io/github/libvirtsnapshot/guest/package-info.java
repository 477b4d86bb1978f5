/**
 * The guest of a domain: {@link io.github.libvirtsnapshot.guest.GuestProbe} waits until the guest
 * is ready; {@link io.github.libvirtsnapshot.guest.GuestAgent} calls the guest agent, which sets
 * the clock of the guest and thaws its file systems.
 */
@NullMarked
package io.github.libvirtsnapshot.guest;

import org.jspecify.annotations.NullMarked;
