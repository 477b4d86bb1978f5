/**
 * libvirt's C functions, called through JNA: {@link io.github.libvirtsnapshot.jna.LibvirtLibrary}
 * declares the functions; the other classes are their pointer types and structures. This package
 * uses no other package of the library.
 */
@NullMarked
package io.github.libvirtsnapshot.jna;

import org.jspecify.annotations.NullMarked;
