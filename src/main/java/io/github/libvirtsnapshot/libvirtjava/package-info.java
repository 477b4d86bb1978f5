/**
 * A bridge to libvirt-java, the official binding ({@code org.libvirt:libvirt}): {@link
 * io.github.libvirtsnapshot.libvirtjava.LibvirtJava} converts its objects, for programs that use
 * libvirt-java already. The other packages do not need libvirt-java.
 */
@NullMarked
package io.github.libvirtsnapshot.libvirtjava;

import org.jspecify.annotations.NullMarked;
