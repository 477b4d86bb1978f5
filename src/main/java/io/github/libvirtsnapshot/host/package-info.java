/**
 * Calls of libvirt that only plans, reverts and the guest agent need: {@link
 * io.github.libvirtsnapshot.host.HostQueries} reads facts about a host, {@link
 * io.github.libvirtsnapshot.host.DomainQueries} about a domain, and {@link
 * io.github.libvirtsnapshot.host.StorageVolumes} reads images. These calls are not methods of the
 * handles, because the handles are for users.
 */
@NullMarked
package io.github.libvirtsnapshot.host;

import org.jspecify.annotations.NullMarked;
