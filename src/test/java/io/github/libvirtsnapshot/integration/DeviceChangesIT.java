package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The devices that a guest can have without a resource of the host: they are in the snapshot and
 * gone now, or new now. The plan is right, and a safety snapshot leads back to the devices of
 * before.
 */
class DeviceChangesIT extends OnRecipeGuest {
  private static final String DEVICES =
      """
      <channel type='unix'><target type='virtio' name='org.example.0'/></channel>
      <console type='pty'><target type='virtio'/></console>
      <controller type='scsi' model='virtio-scsi'/>
      <disk type='file' device='cdrom'><target dev='sda'/></disk>
      <graphics type='vnc'><listen type='none'/></graphics>
      <input type='tablet' bus='usb'/>
      <interface type='user'><model type='virtio'/></interface>
      <panic model='isa'/>
      <parallel type='pty'/>
      <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
      <serial type='pty'/>
      <sound model='ich6'/>
      <video><model type='vga'/></video>
      <watchdog model='i6300esb' action='none'/>
      """;

  @BeforeEach
  void addUsbController() throws Exception {
    guest.redefine(xml -> xml.replace(" index='0' model='none'", ""));
  }

  @Test
  void safetySnapshot_devicesAreGoneNow_leadsBack() throws Exception {
    String without = guest.domain().getXMLDesc(DomainXmlFlag.INACTIVE);
    guest.addDevice(DEVICES);
    guest.takeInternal("off");
    guest.start();
    guest.takeInternal("running");
    guest.domain().destroy();
    guest.redefine(with -> without);

    guest.assertSafetySnapshotLeadsBack(guest.to("off"));
    guest.start();
    guest.assertSafetySnapshotLeadsBack(guest.to("running"));
  }

  @Test
  void safetySnapshot_devicesAreNewNow_leadsBack() throws Exception {
    guest.takeInternal("off");
    guest.start();
    guest.takeInternal("running");
    guest.domain().destroy();
    guest.addDevice(DEVICES);

    guest.assertSafetySnapshotLeadsBack(guest.to("off"));
    guest.start();
    guest.assertSafetySnapshotLeadsBack(guest.to("running"));
  }
}
