/**
 * Asks libvirt about a host and its domains what only plans, reverts and the guest agent need:
 * these calls are not methods of the handles, which are for users.
 */
package io.github.libvirtsnapshot.host;
