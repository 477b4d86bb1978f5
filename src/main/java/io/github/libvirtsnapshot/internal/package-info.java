/**
 * General utilities that do not depend on libvirt: {@link
 * io.github.libvirtsnapshot.internal.LogEscaper} escapes text for logs; other classes serialize
 * records and run work on other threads. This package uses no other package of the library.
 */
@NullMarked
package io.github.libvirtsnapshot.internal;

import org.jspecify.annotations.NullMarked;
