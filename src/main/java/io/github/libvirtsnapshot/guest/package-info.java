/**
 * The guest of a domain, through its agent: {@link io.github.libvirtsnapshot.guest.GuestAgent}
 * waits until it answers, sets its clock, and thaws its file systems.
 */
package io.github.libvirtsnapshot.guest;
