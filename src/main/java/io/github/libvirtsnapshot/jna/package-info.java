/**
 * libvirt's C functions as they are, through JNA: the interface, its pointer types and its
 * structures. It declares and binds them, and uses no other package of the library.
 */
package io.github.libvirtsnapshot.jna;
