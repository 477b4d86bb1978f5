/**
 * The flags that libvirt's functions take, an enum for each set. A constant has the name that
 * libvirt gives it, without the prefix that all of its set share.
 */
package io.github.libvirtsnapshot.flags;
