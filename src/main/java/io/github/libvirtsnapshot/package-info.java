/**
 * Connects to a host, and finds, reads and reverts its domains and snapshots, with libvirt-java's
 * method names: {@link io.github.libvirtsnapshot.Connect}, {@link io.github.libvirtsnapshot.Domain}
 * and {@link io.github.libvirtsnapshot.DomainSnapshot} are handles on libvirt's objects. The
 * package also has the values that they return and the exceptions that they throw.
 *
 * <pre>{@code
 * try (Connect connect = new Connect("qemu:///system");
 *     Domain domain = connect.domainLookupByName("web01")) {
 *   System.out.println(domain.getState());
 *   String xml = "<domainsnapshot><name>clean-install</name></domainsnapshot>";
 *   try (DomainSnapshot snapshot = domain.snapshotCreateXML(xml)) {
 *     System.out.println(snapshot.getXMLDesc());
 *     domain.revertToSnapshot(snapshot, RevertFlag.RUNNING);
 *   }
 * } catch (NoSuchDomainException e) {
 *   System.err.println("no such domain: " + e.getMessage());
 * }
 * }</pre>
 *
 * <p>{@link io.github.libvirtsnapshot.revert.SnapshotReverter} reverts with a plan, a check and a
 * report. Every handle is {@link AutoCloseable}; any thread may use it. A method that calls libvirt
 * throws a {@link io.github.libvirtsnapshot.LibvirtException} if libvirt reports an error, an
 * {@link IllegalStateException} if the handle is closed, and a {@link
 * io.github.libvirtsnapshot.LibvirtUnavailableException} if libvirt is missing or too old. Before
 * it calls libvirt, it throws an {@link IllegalArgumentException} if an argument is a text that C
 * cannot represent (with a NUL or an unpaired surrogate), and a {@link NullPointerException} if an
 * argument is null.
 */
@NullMarked
package io.github.libvirtsnapshot;

import org.jspecify.annotations.NullMarked;
