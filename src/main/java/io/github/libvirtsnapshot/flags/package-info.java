/**
 * The flags of libvirt's functions, one enum for each set, such as {@link
 * io.github.libvirtsnapshot.flags.RevertFlag}. A constant has libvirt's name without the prefix
 * that all constants of its set share.
 */
@NullMarked
package io.github.libvirtsnapshot.flags;

import org.jspecify.annotations.NullMarked;
