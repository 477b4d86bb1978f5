/**
 * {@link io.github.libvirtsnapshot.testing.FakeLibvirt} is a libvirt in memory, for unit tests of
 * programs that use this library. {@link io.github.libvirtsnapshot.testing.RevertResultBuilder} and
 * {@link io.github.libvirtsnapshot.testing.RevertPlanBuilder} make the reports, exceptions and
 * plans that such programs handle. The package needs neither libvirt nor a mocking library.
 */
@NullMarked
package io.github.libvirtsnapshot.testing;

import org.jspecify.annotations.NullMarked;
