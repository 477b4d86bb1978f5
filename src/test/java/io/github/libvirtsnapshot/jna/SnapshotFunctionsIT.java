package io.github.libvirtsnapshot.jna;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tests the functions that no handle uses. */
class SnapshotFunctionsIT {
  private final LibvirtLibrary libvirt = NativeLibvirt.shared();

  @Test
  void listsNamesWithOlderFunctions() {
    ConnectPointer connect = libvirt.virConnectOpen("test:///default");
    assertEquals(0, libvirt.virConnectRef(connect));
    DomainPointer domain = libvirt.virDomainLookupByName(connect, "test");
    DomainSnapshotPointer root = take(domain, "röot");
    DomainSnapshotPointer leaf = take(domain, "leaf");
    try {
      Pointer[] names = new Pointer[5];
      assertEquals(2, libvirt.virDomainSnapshotListNames(domain, names, names.length, 0));
      assertEquals("leaf röot", String.join(" ", taken(names).sorted().toList()));
      Pointer[] children = new Pointer[5];
      assertEquals(
          1, libvirt.virDomainSnapshotListChildrenNames(root, children, children.length, 0));
      assertEquals("leaf", String.join(" ", taken(children).toList()));
      assertEquals(connect, libvirt.virDomainSnapshotGetConnect(leaf));
      assertEquals(0, libvirt.virDomainSnapshotRef(leaf));
      assertEquals(0, libvirt.virDomainSnapshotFree(leaf));
      assertEquals(0, libvirt.virDomainSnapshotDelete(root, 1));
    } finally {
      assertEquals(0, libvirt.virDomainSnapshotFree(leaf));
      assertEquals(0, libvirt.virDomainSnapshotFree(root));
      assertEquals(0, libvirt.virDomainFree(domain));
      assertTrue(libvirt.virConnectClose(connect) > 0);
      assertEquals(0, libvirt.virConnectClose(connect));
    }
  }

  private DomainSnapshotPointer take(DomainPointer domain, String name) {
    DomainSnapshotPointer snapshot =
        libvirt.virDomainSnapshotCreateXML(
            domain, "<domainsnapshot><name>" + name + "</name></domainsnapshot>", 0);
    assertNotNull(snapshot);
    return snapshot;
  }

  private static Stream<String> taken(Pointer[] names) {
    return Arrays.stream(names)
        .takeWhile(name -> name != null)
        .map(
            name -> {
              String text = name.getString(0, LibvirtLibrary.ENCODING);
              Native.free(Pointer.nativeValue(name));
              return text;
            });
  }
}
