/**
 * How libvirt is called: which thread makes a call, whose error it is, and when a native reference
 * is given back. A failure is a value here; the handles make an exception of it.
 */
package io.github.libvirtsnapshot.calls;
