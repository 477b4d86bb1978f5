/**
 * Gives each JUnit test a clean virtual machine: {@link
 * io.github.libvirtsnapshot.junit.RevertedDomain} and {@link
 * io.github.libvirtsnapshot.junit.RevertExtension} revert a domain before the test.
 *
 * <pre>{@code
 * @RevertedDomain(
 *     uri = "qemu:///system",
 *     domain = "web01",
 *     snapshot = "clean-install",
 *     flags = RevertFlag.RUNNING)
 * class InstallTest {
 *   @Test
 *   void installs(Domain web01, RevertReport report) throws LibvirtException {
 *     assertTrue(web01.isActive(), report.toString());
 *   }
 * }
 * }</pre>
 *
 * <p>The package is for JUnit Jupiter 5.13 or newer, or 6. JUnit is an optional dependency; the
 * rest of the library works without it.
 */
@NullMarked
package io.github.libvirtsnapshot.junit;

import org.jspecify.annotations.NullMarked;
