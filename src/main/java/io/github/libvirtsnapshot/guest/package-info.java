/**
 * The guest agent of a domain: {@link io.github.libvirtsnapshot.guest.GuestAgent} waits until the
 * agent responds, sets the clock of the guest, and thaws its file systems.
 */
@NullMarked
package io.github.libvirtsnapshot.guest;

import org.jspecify.annotations.NullMarked;
