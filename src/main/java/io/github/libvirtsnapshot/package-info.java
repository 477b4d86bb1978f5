/**
 * libvirt's connections, domains and snapshots as Java objects, in libvirt-java's style, with the
 * values that they return and their errors. The flags are in {@code
 * io.github.libvirtsnapshot.flags}.
 *
 * <p>Every handle is {@link AutoCloseable} and may be used from any thread. A method that asks
 * libvirt something throws {@link io.github.libvirtsnapshot.LibvirtException} where libvirt reports
 * an error, {@link IllegalStateException} where the handle is closed, and {@link
 * io.github.libvirtsnapshot.LibvirtUnavailableException} where libvirt is missing or too old. Texts
 * that no C string can carry (with a NUL or an unpaired surrogate in them) are an {@link
 * IllegalArgumentException}, null is a {@link NullPointerException}, both before libvirt is asked.
 */
package io.github.libvirtsnapshot;
