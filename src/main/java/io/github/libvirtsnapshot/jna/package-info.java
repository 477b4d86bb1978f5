/**
 * libvirt's C functions as they are, through JNA: the interface, its pointer types and its
 * structures. The only package that talks to native code; it frees nothing that it was not given to
 * own and knows nothing of the packages above it.
 */
package io.github.libvirtsnapshot.jna;
