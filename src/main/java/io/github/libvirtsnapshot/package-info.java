/**
 * The handles on libvirt's objects: {@link io.github.libvirtsnapshot.Connect} is a connection,
 * {@link io.github.libvirtsnapshot.Domain} a domain and {@link
 * io.github.libvirtsnapshot.DomainSnapshot} a snapshot. They have libvirt-java's method names. The
 * package also has the values that they return and the exceptions that they throw. The flags are in
 * {@code io.github.libvirtsnapshot.flags}.
 *
 * <p>Every handle is {@link AutoCloseable}; any thread may use it. A method that calls libvirt
 * throws a {@link io.github.libvirtsnapshot.LibvirtException} if libvirt reports an error, an
 * {@link IllegalStateException} if the handle is closed, and a {@link
 * io.github.libvirtsnapshot.LibvirtUnavailableException} if libvirt is missing or too old. Before
 * it calls libvirt, it throws an {@link IllegalArgumentException} if an argument is a text that C
 * cannot represent (with a NUL or an unpaired surrogate), and a {@link NullPointerException} if an
 * argument is null.
 */
@NullMarked
package io.github.libvirtsnapshot;

import org.jspecify.annotations.NullMarked;
