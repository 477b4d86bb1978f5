/**
 * Calls of libvirt's functions: {@link io.github.libvirtsnapshot.calls.NativeCalls} makes the calls
 * and reads their errors, and {@link io.github.libvirtsnapshot.calls.NativeHandle} releases native
 * references. Here a failure is a value; the handles convert it to an exception.
 */
@NullMarked
package io.github.libvirtsnapshot.calls;

import org.jspecify.annotations.NullMarked;
