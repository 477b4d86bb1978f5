/**
 * {@link io.github.libvirtsnapshot.testing.FakeLibvirt} is a libvirt in memory, for unit tests of
 * programs that use this library. The package needs neither libvirt nor a mocking library.
 */
package io.github.libvirtsnapshot.testing;
