/**
 * A bridge to libvirt-java, the official binding ({@code org.libvirt:libvirt}), for programs that
 * hold its objects already. The only package that touches its classes; all others work without it.
 */
package io.github.libvirtsnapshot.libvirtjava;
