package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import java.nio.file.Path;
import java.util.List;

/** Definitions, snapshots and states of the guests that tests revert. */
final class Guests {
  /** The snapshots of {@link #takeSnapshots}, each with the name of the state it is taken in. */
  static final List<String> SNAPSHOTS = List.of("running", "paused", "shutoff");

  private Guests() {}

  /** Returns the version of libvirt that the connection uses, as in {@code 9.0.0}. */
  static String libvirtVersion(Connect connect) throws LibvirtException {
    long version = connect.getLibVersion();
    return version / 1_000_000 + "." + version / 1_000 % 1_000 + "." + version % 1_000;
  }

  /** Returns the XML of a domain of the test driver. */
  static String testXml(String name) {
    return "<domain type='test'><name>"
        + name
        + "</name><memory>8192</memory><os><type>hvm</type></os></domain>";
  }

  /**
   * Returns the XML of a QEMU guest without an operating system, which stays in its firmware. A USB
   * controller would add a third to the processor time of each start.
   */
  static String qemuXml(String name, Path disk) {
    return """
    <domain type='qemu'>
      <name>%s</name>
      <memory unit='MiB'>32</memory>
      <os><type machine='pc'>hvm</type></os>
      <devices>
        <controller type='usb' model='none'/>
        <disk type='file' device='disk'>
          <driver name='qemu' type='qcow2'/>
          <source file='%s'/>
          <target dev='vda' bus='virtio'/>
        </disk>
      </devices>
    </domain>
    """
        .formatted(name, disk);
  }

  /**
   * Returns the XML of a QEMU guest with a Linux that runs the guest agent.
   *
   * @param linux the directory with the Linux of make-linux.sh
   * @param options options of make-linux.sh for the kernel's command line
   */
  static String linuxXml(String name, Path disk, Path linux, String options) {
    return """
    <domain type='qemu'>
      <name>%s</name>
      <memory unit='MiB'>128</memory>
      <os>
        <type machine='pc'>hvm</type>
        <kernel>%2$s/vmlinuz</kernel>
        <initrd>%2$s/initrd.gz</initrd>
        <cmdline>console=ttyS0 quiet %3$s</cmdline>
      </os>
      <features><acpi/></features>
      <devices>
        <disk type='file' device='disk'>
          <driver name='qemu' type='qcow2'/>
          <source file='%4$s'/>
          <target dev='vda' bus='virtio'/>
        </disk>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
      </devices>
    </domain>
    """
        .formatted(name, linux, options, disk);
  }

  /** Defines a QEMU guest with the {@link #SNAPSHOTS}, and leaves it shut off. */
  static Domain defineWithSnapshots(PrivateLibvirtd libvirtd, Connect connect, String name)
      throws Exception {
    Domain domain = connect.domainDefineXML(qemuXml(name, libvirtd.disk(name)));
    takeSnapshots(domain);
    return domain;
  }

  /** Takes the {@link #SNAPSHOTS}, and leaves the domain shut off. */
  static void takeSnapshots(Domain domain) throws LibvirtException {
    bringTo(domain, DomainState.RUNNING);
    take(domain, "running");
    bringTo(domain, DomainState.PAUSED);
    take(domain, "paused");
    bringTo(domain, DomainState.SHUTOFF);
    take(domain, "shutoff");
  }

  static void take(Domain domain, String name) throws LibvirtException {
    domain.snapshotCreateXML("<domainsnapshot><name>" + name + "</name></domainsnapshot>").close();
  }

  /** Brings a running, paused or shut-off domain to one of these states. */
  static void bringTo(Domain domain, DomainState wanted) throws LibvirtException {
    DomainState current = domain.getState().state();
    if (current == wanted) {
      return;
    }
    if (wanted == DomainState.SHUTOFF) {
      domain.destroy();
    } else if (current == DomainState.SHUTOFF) {
      domain.create();
      bringTo(domain, wanted);
    } else if (wanted == DomainState.PAUSED) {
      domain.suspend();
    } else {
      domain.resume();
    }
  }
}
