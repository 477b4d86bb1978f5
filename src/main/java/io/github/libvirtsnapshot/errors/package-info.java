/**
 * Tells which error libvirt reported: {@link io.github.libvirtsnapshot.errors.LibvirtError} has its
 * number, its origin and its message. The exceptions that contain it are in the {@linkplain
 * io.github.libvirtsnapshot root package}.
 *
 * <pre>{@code
 * try {
 *   domain.create();
 * } catch (LibvirtException e) {
 *   LibvirtError error = e.getError();
 *   if (error.getCode() == ErrorNumber.VIR_ERR_OPERATION_INVALID) {
 *     System.out.println("already active: " + error.getMessage());
 *   } else {
 *     System.err.println(error.getDomain() + " reports " + error.describe());
 *   }
 * }
 * }</pre>
 */
@NullMarked
package io.github.libvirtsnapshot.errors;

import org.jspecify.annotations.NullMarked;
