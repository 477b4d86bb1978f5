/**
 * For unit tests of programs that use this library: {@link
 * io.github.libvirtsnapshot.testing.FakeLibvirt} is a libvirt in memory, and {@link
 * io.github.libvirtsnapshot.testing.RevertResultBuilder} and {@link
 * io.github.libvirtsnapshot.testing.RevertPlanBuilder} make the reports, exceptions and plans that
 * such programs handle.
 *
 * <pre>{@code
 * FakeLibvirt libvirt = new FakeLibvirt();
 * FakeDomain web01 = libvirt.addDomain("web01", DomainState.RUNNING);
 * web01.addSnapshot("clean-install", DomainState.RUNNING);
 * try (Connect connect = libvirt.connect();
 *     Domain domain = connect.domainLookupByName("web01")) {
 *   RevertReport report = SnapshotReverter.of(domain).to("clean-install").revert();
 *   assertEquals(RevertOutcome.REVERTED, report.outcome());
 * }
 * assertEquals(List.of("clean-install"), web01.reverts());
 * }</pre>
 *
 * <p>The package needs neither libvirt nor a mocking library.
 */
@NullMarked
package io.github.libvirtsnapshot.testing;

import org.jspecify.annotations.NullMarked;
