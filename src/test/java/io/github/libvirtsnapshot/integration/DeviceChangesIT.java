package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The devices that a guest can have without a resource of the host: they are in the snapshot and
 * gone now, new now, or others now. The plan promises a safety snapshot, which leads back to the
 * devices of before.
 */
class DeviceChangesIT extends OnRecipeGuest {
  /**
   * A device.
   *
   * @param xml its element in the definition of a domain
   * @param other another device of this kind
   */
  private record Device(String xml, String other) {
    @Override
    public String toString() {
      return xml;
    }
  }

  private static final ImmutableList<Device> DEVICES =
      ImmutableList.of(
          new Device(
              "<channel type='unix'><target type='virtio' name='org.example.0'/></channel>",
              "<channel type='unix'><target type='virtio' name='org.example.1'/></channel>"),
          new Device(
              "<console type='pty'><target type='virtio'/></console>",
              "<console type='null'><target type='virtio'/></console>"),
          new Device(
              "<controller type='scsi' model='virtio-scsi'/>",
              "<controller type='scsi' model='lsilogic'/>"),
          new Device(
              "<disk type='file' device='cdrom'><target dev='sda'/></disk>",
              "<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>"),
          new Device(
              "<graphics type='vnc'><listen type='none'/></graphics>",
              "<graphics type='vnc' keymap='de'><listen type='none'/></graphics>"),
          new Device("<input type='tablet' bus='usb'/>", "<input type='mouse' bus='usb'/>"),
          new Device(
              "<interface type='user'><model type='virtio'/></interface>",
              "<interface type='user'><model type='e1000'/></interface>"),
          new Device(
              "<panic model='isa'/>",
              "<panic model='isa'><address type='isa' iobase='0x506'/></panic>"),
          new Device("<parallel type='pty'/>", "<parallel type='null'/>"),
          new Device(
              "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
              "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>"),
          new Device("<serial type='pty'/>", "<serial type='null'/>"),
          new Device("<sound model='ich6'/>", "<sound model='ac97'/>"),
          new Device("<video><model type='vga'/></video>", "<video><model type='cirrus'/></video>"),
          new Device(
              "<watchdog model='i6300esb' action='none'/>",
              "<watchdog model='i6300esb' action='pause'/>"));

  /** What happened to devices since a snapshot. */
  private enum Change {
    GONE,
    NEW,
    CHANGED;

    String then(Device device) {
      return this == NEW ? "" : device.xml();
    }

    String now(Device device) {
      return switch (this) {
        case GONE -> "";
        case NEW -> device.xml();
        case CHANGED -> device.other();
      };
    }
  }

  @BeforeEach
  void addUsbController() throws Exception {
    guest.redefine(xml -> xml.replace(" index='0' model='none'", ""));
  }

  private void assertLeadsBack(SnapshotReverter reverter) throws Exception {
    assertPromised(reverter);
    guest.assertSafetySnapshotLeadsBack(reverter);
  }

  private static void assertPromised(SnapshotReverter reverter) throws Exception {
    RevertPlan plan = reverter.plan();
    assertTrue(plan.safety().kind().isPresent(), plan::toString);
  }

  /** Makes these devices the only ones besides those of the given definition. */
  private void useDevices(String definition, List<Device> devices, Function<Device, String> xml)
      throws Exception {
    String added = devices.stream().map(xml).collect(Collectors.joining());
    guest.connect().domainDefineXML(definition.replace("</devices>", added + "</devices>")).close();
  }

  @ParameterizedTest
  @EnumSource
  void safetySnapshot_allDevicesAreGoneNewOrChanged_leadsBack(Change change) throws Exception {
    String without = guest.domain().getXMLDesc(DomainXmlFlag.INACTIVE);
    useDevices(without, DEVICES, change::then);
    guest.takeInternal("off");
    guest.start();
    guest.takeInternal("running");
    guest.domain().destroy();
    useDevices(without, DEVICES, change::now);

    assertLeadsBack(guest.to("off"));
    guest.start();
    assertLeadsBack(guest.to("running"));
  }

  /** The memory of the running guest is part of the test of all devices. */
  @ParameterizedTest
  @FieldSource("DEVICES")
  void safetySnapshot_oneDeviceIsGoneNewOrChanged_leadsBack(Device device) throws Exception {
    String without = guest.domain().getXMLDesc(DomainXmlFlag.INACTIVE);
    for (Change change : Change.values()) {
      useDevices(without, List.of(device), change::then);
      guest.takeInternal("off-" + change);
      useDevices(without, List.of(device), change::now);

      assertLeadsBack(guest.to("off-" + change));
      guest.domain().create();
      assertPromised(guest.to("off-" + change));
      guest.domain().destroy();
    }
  }
}
