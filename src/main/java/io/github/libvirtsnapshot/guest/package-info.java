/**
 * The guest agent of a domain: {@link io.github.libvirtsnapshot.guest.GuestAgent} waits until the
 * agent answers, sets the clock of the guest, and thaws its file systems.
 */
package io.github.libvirtsnapshot.guest;
