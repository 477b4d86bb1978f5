package io.github.libvirtsnapshot.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.virError;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests which files of a snapshot are looked for, and what libvirt's errors say about them. */
class FileCheckTest {
  private static final int NO_SUCH_FILE = 2;
  private static final int PERMISSION_DENIED = 13;

  private static final XmlNode DOMAIN =
      XmlNode.parse("<domain><devices><emulator>/usr/bin/qemu</emulator></devices></domain>");

  private static final String DISK =
      """
      <disk type='file'>
        <source file='/i/a.overlay'/>
        <backingStore type='file'><source file='/i/a'/><backingStore/></backingStore>
        <target dev='vda'/>
      </disk>
      """;

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Connect connect;

  @BeforeEach
  void open() throws LibvirtException {
    connect = libvirt.connect();
  }

  @AfterEach
  void everyReferenceIsReleased() {
    connect.close();
    libvirt.references.assertBalanced();
  }

  /** Lets libvirt answer each question about a path with this error of the operating system. */
  private void answer(int systemError) {
    virError error = FaultInjection.error(ErrorNumber.VIR_ERR_NO_STORAGE_VOL.value(), 18, "no");
    when(libvirt.library.virGetLastError()).thenReturn(error);
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
    when(libvirt.library.virStoragePoolCreateXML(any(), any(), anyInt()))
        .then(
            call -> {
              virError opened =
                  FaultInjection.error(ErrorNumber.VIR_ERR_SYSTEM_ERROR.value(), 18, "no");
              opened.int1 = systemError;
              when(libvirt.library.virGetLastError()).thenReturn(opened, error);
              return null;
            });
  }

  private FileCheck check(String elements, String disks) throws LibvirtException {
    return FileCheck.of(connect, DOMAIN, List.of(snapshot("s", elements, disks)));
  }

  private static SnapshotDescription snapshot(String name, String elements, String disks) {
    return SnapshotDescription.parse(
        "<domainsnapshot><name>%s</name><state>shutoff</state>%s<domain><devices>%s</devices></domain></domainsnapshot>"
            .formatted(name, elements, disks));
  }

  private static String refusal(String file) {
    return "the host does not have the file \""
        + file
        + "\" of snapshot \"s\"; move the files of the snapshots to this host first, to the same"
        + " paths; if the file no longer exists, use the result of without()";
  }

  @Test
  void imagesBackingImagesAndMemoryAreRequired() throws LibvirtException {
    answer(NO_SUCH_FILE);

    FileCheck check =
        check(
            "<memory snapshot='external' file='/i/memory'/><disks><disk name='vda'"
                + " snapshot='external'><source file='/i/later'/></disk></disks>",
            DISK);

    assertEquals(
        Set.of(refusal("/i/a.overlay"), refusal("/i/a"), refusal("/i/memory")),
        Set.copyOf(check.refusals()));
    assertEquals(List.of(), check.unknowns());
  }

  @Test
  void optionalMediumAndEmptyDriveAreNotRequired() throws LibvirtException {
    answer(NO_SUCH_FILE);

    FileCheck check =
        check(
            "",
            "<disk device='cdrom'><target dev='sda'/></disk><disk device='cdrom'><source"
                + " file='/i/cd' startupPolicy='optional'/><target dev='sdb'/></disk>");

    assertEquals(List.of(), check.refusals());
    assertEquals(List.of(), check.unknowns());
  }

  @Test
  void fileOfSeveralSnapshotsIsNamedOnceWithAllOfThem() throws LibvirtException {
    answer(NO_SUCH_FILE);

    FileCheck check =
        FileCheck.of(connect, DOMAIN, List.of(snapshot("s", "", DISK), snapshot("t", "", DISK)));

    assertEquals(
        List.of(
            refusal("/i/a.overlay").replace("snapshot \"s\"", "snapshots \"s\", \"t\""),
            refusal("/i/a").replace("snapshot \"s\"", "snapshots \"s\", \"t\"")),
        check.refusals());
  }

  @Test
  void missingEmulatorIsRefused() throws LibvirtException {
    answer(NO_SUCH_FILE);
    String emulator = "<emulator>/opt/qemu</emulator>";

    FileCheck check =
        FileCheck.of(
            connect, DOMAIN, List.of(snapshot("s", "", emulator), snapshot("t", "", emulator)));

    assertEquals(
        List.of(
            "the host does not have the emulator \"/opt/qemu\" of snapshots \"s\", \"t\"; install"
                + " the emulator, or create a link to it at this path; to leave a snapshot out, use"
                + " the result of without()"),
        check.refusals());
  }

  @Test
  void emulatorThatLibvirtCannotFindIsUnknown() throws LibvirtException {
    answer(PERMISSION_DENIED);

    FileCheck check = check("", "<emulator>/opt/qemu</emulator>");

    assertEquals(List.of(), check.refusals());
    assertEquals(
        List.of(
            "whether the host has the emulator \"/opt/qemu\" of snapshot \"s\": libvirt adds no"
                + " snapshot whose emulator does not exist"),
        check.unknowns());
  }

  /** libvirt accepts a definition only if its emulator exists. */
  @Test
  void emulatorOfTheDomainIsNotUnknown() throws LibvirtException {
    answer(PERMISSION_DENIED);

    FileCheck check = check("", "<emulator>/usr/bin/qemu</emulator>");

    assertEquals(List.of(), check.refusals());
    assertEquals(List.of(), check.unknowns());
  }

  @Test
  void missingEmulatorOfTheDomainIsRefused() throws LibvirtException {
    answer(NO_SUCH_FILE);

    FileCheck check = check("", "<emulator>/usr/bin/qemu</emulator>");

    assertEquals(1, check.refusals().size());
  }

  @Test
  void fileThatLibvirtCannotFindIsUnknown() throws LibvirtException {
    answer(PERMISSION_DENIED);

    assertEquals(
        List.of(
            "whether the host has the file \"/i/a.overlay\" of snapshot \"s\"",
            "whether the host has the file \"/i/a\" of snapshot \"s\""),
        check("", DISK).unknowns());
  }

  @Test
  void imageOnTheNetworkIsUnknown() throws LibvirtException {
    FileCheck check =
        check(
            "",
            "<disk type='network'><source protocol='rbd' name='p/i'><host name='h'/></source><target"
                + " dev='vda'/></disk>");

    assertEquals(
        List.of("whether the host has the file \"rbd://h/p/i\" of snapshot \"s\""),
        check.unknowns());
  }

  @Test
  void missingVolumeOfPoolIsRefused() throws LibvirtException {
    virError error = FaultInjection.error(ErrorNumber.VIR_ERR_NO_STORAGE_POOL.value(), 18, "no");
    when(libvirt.library.virGetLastError()).thenReturn(error);
    when(libvirt.library.virStoragePoolLookupByName(any(), any())).thenReturn(null);

    FileCheck check =
        check("", "<disk type='volume'><source pool='p' volume='v'/><target dev='vda'/></disk>");

    assertEquals(List.of(refusal("p/v")), check.refusals());
  }

  @Test
  void lostConnectionEndsTheCheck() {
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
    when(libvirt.library.virConnectIsAlive(any())).thenReturn(0);
    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.connectionGone());

    assertTrue(
        assertThrows(ConnectionLostException.class, () -> check("", DISK))
            .getMessage()
            .contains("End of file"));
  }
}
