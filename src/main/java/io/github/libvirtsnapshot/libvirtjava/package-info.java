/**
 * Converts the objects of libvirt-java, the official binding ({@code org.libvirt:libvirt}), to
 * those of this library and back, for programs that use libvirt-java already: {@link
 * io.github.libvirtsnapshot.libvirtjava.LibvirtJava}.
 *
 * <pre>{@code
 * org.libvirt.Connect theirs = new org.libvirt.Connect("qemu:///system");
 * org.libvirt.Domain theirDomain = theirs.domainLookupByName("web01");
 * try (Domain ours = LibvirtJava.domain(theirDomain)) {
 *   SnapshotReverter.of(ours).to("clean-install").running().force().revert();
 * } catch (LibvirtException e) {
 *   throw LibvirtJava.toLibvirtJava(e);
 * } finally {
 *   theirDomain.free();
 *   theirs.close();
 * }
 * }</pre>
 *
 * <p>The other packages do not need libvirt-java.
 */
@NullMarked
package io.github.libvirtsnapshot.libvirtjava;

import org.jspecify.annotations.NullMarked;
