/**
 * Errors of libvirt: {@link io.github.libvirtsnapshot.errors.LibvirtError} is an error as libvirt
 * reported it. The exceptions that contain it are in the {@linkplain io.github.libvirtsnapshot root
 * package}.
 */
@NullMarked
package io.github.libvirtsnapshot.errors;

import org.jspecify.annotations.NullMarked;
