/**
 * libvirt's C functions as they are, through JNA: the interface, its pointer types and its
 * structures. It only declares, and uses no other package of the library.
 */
package io.github.libvirtsnapshot.jna;
