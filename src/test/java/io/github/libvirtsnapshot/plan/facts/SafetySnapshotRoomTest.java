package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests when a plan doubts that there is room for the memory in a safety snapshot. */
class SafetySnapshotRoomTest {
  private static final String WHAT =
      "whether the folder of \"/images/web01.img\" has room for a safety snapshot: ";

  private static final XmlNode GUEST =
      XmlNode.parse(
          "<domain><memory>32768</memory><devices><disk device='cdrom'><source"
              + " file='/images/install.iso'/></disk><disk><source"
              + " file='/images/web01.img'/></disk></devices></domain>");

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Connect connect;

  @BeforeEach
  void open() throws LibvirtException {
    connect = libvirt.connect();
    when(libvirt.library.virStorageVolLookupByPath(any(), any()))
        .thenReturn(new StorageVolPointer(new Pointer(0x5000)));
    when(libvirt.library.virStorageVolGetXMLDesc(any(), anyInt()))
        .then(call -> new OwnedString("<volume/>"));
    when(libvirt.library.virStoragePoolLookupByTargetPath(any(), any()))
        .thenReturn(new StoragePoolPointer(new Pointer(0x6000)));
  }

  @AfterEach
  void close() {
    connect.close();
    libvirt.references.assertBalanced();
  }

  private List<String> unknowns() throws LibvirtException {
    Unknowns unknowns = new Unknowns();
    try (StorageVolumes volumes = StorageVolumes.of(connect, PoolCreation.NEVER)) {
      ImageInspector images = new ImageInspector(connect, volumes);
      for (Disk disk : Disk.of(GUEST)) {
        images.read(disk);
      }
      SafetySnapshotRoom.check(images, GUEST, unknowns);
    }
    return unknowns.all();
  }

  private void available(long bytes) {
    when(libvirt.library.virStoragePoolGetXMLDesc(any(), anyInt()))
        .thenReturn(new OwnedString("<pool><available>" + bytes + "</available></pool>"));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "3993600, 3", "33554431, 31"})
  void lessRoomThanMemory_isUnknown(long bytes, long mebibytes) throws LibvirtException {
    available(bytes);

    assertEquals(
        List.of(
            WHAT
                + "the guest has 32 MiB of memory, and "
                + mebibytes
                + " MiB were available when libvirt refreshed the storage pool"),
        unknowns());
  }

  @Test
  void asMuchRoomAsMemory_isEnough() throws LibvirtException {
    available(33_554_432);

    assertEquals(List.of(), unknowns());
  }

  @Test
  void refusedQuery_isUnknown() throws LibvirtException {
    when(libvirt.library.virStoragePoolGetXMLDesc(any(), anyInt())).thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_ACCESS_DENIED, "access denied");

    assertEquals(List.of(WHAT + "access denied"), unknowns());
  }

  @Test
  void unreadImage_isNotQueried() throws LibvirtException {
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_NO_STORAGE_VOL, "no");

    assertEquals(List.of(), unknowns());
    verify(libvirt.library, never()).virStoragePoolLookupByTargetPath(any(), any());
  }
}
