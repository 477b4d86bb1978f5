/**
 * Errors as libvirt reports them. The exceptions that carry them are in the {@linkplain
 * io.github.libvirtsnapshot root package}.
 */
package io.github.libvirtsnapshot.errors;
