package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainInterface;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotDeleteFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The methods of the handles on libvirt's test driver. */
class SnapshotApiIT extends OnTestDriver {
  private static final String UUID = "6695eb01-f6a4-8304-79aa-97f2502e193f";

  @Test
  void hostQueriesReturnStateOfHost() throws LibvirtException {
    HostQueries host = new HostQueries(connect);
    assertTrue(host.isNetworkActive("default"));
    assertEquals(
        ErrorNumber.VIR_ERR_NO_NETWORK,
        assertThrows(LibvirtException.class, () -> host.isNetworkActive("missing"))
            .getError()
            .getCode());
    assertTrue(host.isStoragePoolActive("default-pool"));
    assertEquals(
        ErrorNumber.VIR_ERR_NO_STORAGE_VOL,
        assertThrows(LibvirtException.class, () -> host.storageVolPath("default-pool", "missing"))
            .getError()
            .getCode());
    assertTrue(host.nodeDeviceXml("computer").contains("<name>computer</name>"));
    assertEquals(
        ErrorNumber.VIR_ERR_NO_NODE_DEVICE,
        assertThrows(LibvirtException.class, () -> host.nodeDeviceXml("missing"))
            .getError()
            .getCode());
    new DomainQueries(domain).readSize("vda");
    LibvirtException gone =
        assertThrows(
            LibvirtException.class, () -> new DomainQueries(domain).readSize("no-such-disk"));
    assertEquals(ErrorNumber.VIR_ERR_INVALID_ARG, gone.getError().getCode());
  }

  @Test
  void connectionReturnsVersionsAndDomains() throws LibvirtException {
    assertTrue(connect.isConnected());
    assertTrue(connect.isAlive());
    assertTrue(connect.getLibVersion() >= 7_000_000);
    assertEquals(2, connect.getVersion(), "the test driver's own version");
    assertArrayEquals(new int[] {1}, connect.listDomains());
    assertArrayEquals(new String[0], connect.listDefinedDomains());
    connect.close();
    assertFalse(connect.isConnected());
    assertEquals("test", domain.getName(), "a domain outlives its connection's handle");
    assertTrue(domain.isActive());
  }

  /** Another binding has its own references, and releases them before this library does. */
  @Test
  void nativeObjectsAreSharedWithAnotherBinding() throws LibvirtException {
    LibvirtLibrary libvirt = NativeLibvirt.shared();
    ConnectPointer theirConnect = new ConnectPointer(connect.toNative());
    DomainPointer theirDomain = new DomainPointer(domain.toNative());
    DomainSnapshot taken =
        domain.snapshotCreateXML("<domainsnapshot><name>shared</name></domainsnapshot>");
    DomainSnapshotPointer theirSnapshot = new DomainSnapshotPointer(taken.toNative());
    taken.close();

    try (Connect ourConnect = Connect.fromNative(theirConnect.getPointer());
        Domain ourDomain = Domain.fromNative(theirDomain.getPointer());
        DomainSnapshot ourSnapshot = DomainSnapshot.fromNative(theirSnapshot.getPointer())) {
      assertEquals(0, libvirt.virDomainSnapshotFree(theirSnapshot));
      assertEquals(0, libvirt.virDomainFree(theirDomain));
      assertEquals(1, libvirt.virConnectClose(theirConnect));

      try (Connect same = ourDomain.getConnect()) {
        assertEquals(ourConnect.toString(), same.toString());
      }
      assertEquals("connection \"test:///default\"", ourConnect.toString());
      ourDomain.revertToSnapshot(ourSnapshot);
      domain.revertToSnapshot(ourSnapshot);
      ourSnapshot.delete();
    }
  }

  @Test
  void readOnlyConnectionRefusesChanges() throws LibvirtException {
    try (Connect readOnly = new Connect("test:///default", true);
        Domain readOnlyDomain = readOnly.domainLookupByName("test")) {
      assertEquals(DomainState.RUNNING, readOnlyDomain.getState().state());
      LibvirtException refused = assertThrows(LibvirtException.class, readOnlyDomain::destroy);
      assertEquals(ErrorNumber.VIR_ERR_OPERATION_DENIED, refused.getError().getCode());
    }
  }

  @Test
  void domainsAreFoundByNameUuidAndId() throws LibvirtException {
    try (Domain byUuid = connect.domainLookupByUUIDString(UUID);
        Domain byId = connect.domainLookupByID(domain.getID())) {
      assertEquals("test", byUuid.getName());
      assertEquals(UUID, byId.getUUIDString());
    }
    assertThrows(NoSuchDomainException.class, () -> connect.domainLookupByName("missing"));
    assertThrows(NoSuchDomainException.class, () -> connect.domainLookupByID(99));
    LibvirtException notAUuid =
        assertThrows(LibvirtException.class, () -> connect.domainLookupByUUIDString("x"));
    assertEquals(ErrorNumber.VIR_ERR_INVALID_ARG, notAUuid.getError().getCode());
  }

  @Test
  void domainGoesThroughItsLifecycle() throws LibvirtException {
    String xml =
        domain.getXMLDesc(DomainXmlFlag.INACTIVE).replace(UUID, "").replace("test<", "other<");
    try (Domain other = connect.domainDefineXML(xml)) {
      assertArrayEquals(new String[] {"other"}, connect.listDefinedDomains());
      assertEquals(-1, other.getID());
      assertTrue(other.isPersistent());
      assertFalse(other.isActive());
      other.create();
      assertEquals("running (booted)", other.getState().toString());
      other.suspend();
      assertEquals("paused (user)", other.getState().toString());
      other.resume();
      assertEquals("running (unpaused)", other.getState().toString());
      other.managedSave();
      assertTrue(other.hasManagedSaveImage());
      assertEquals("shut off (saved)", other.getState().toString());
      other.managedSaveRemove();
      assertFalse(other.hasManagedSaveImage());
      other.create();
      other.shutdown();
      assertEquals("shut off (shutdown)", other.getState().toString());
      other.undefine(DomainUndefineFlag.SNAPSHOTS_METADATA);
      assertThrows(NoSuchDomainException.class, other::getState);
    }
    try (Domain transientDomain = connect.domainCreateXML(xml)) {
      assertFalse(transientDomain.isPersistent());
      transientDomain.destroy();
      assertThrows(NoSuchDomainException.class, transientDomain::isActive);
    }
  }

  @Test
  void interfacesHaveTheirAddresses() throws LibvirtException {
    for (InterfaceAddressSource source : InterfaceAddressSource.values()) {
      DomainInterface found = domain.interfaceAddresses(source).get(0);
      assertEquals("aa:bb:cc:dd:ee:ff", found.hwAddr);
      assertEquals("\"testnet0\" [192.168.122.3/24]", found.toString());
    }
    assertEquals(1, domain.interfaceAddresses(0, 0).size());
    assertEquals(
        ErrorNumber.VIR_ERR_ARGUMENT_UNSUPPORTED,
        assertThrows(LibvirtException.class, () -> domain.interfaceAddresses(9, 0))
            .getError()
            .getCode());
  }

  @Test
  void snapshotsFormATree() throws LibvirtException {
    assertFalse(domain.hasCurrentSnapshot());
    assertTrue(domain.snapshotCurrent().isEmpty());
    Guests.take(domain, "root");
    Guests.take(domain, "left");
    Guests.take(domain, "leaf");
    try (DomainSnapshot root = domain.snapshotLookupByName("root");
        DomainSnapshot leaf = domain.snapshotLookupByName("leaf")) {
      root.revert();
      Guests.take(domain, "right");

      assertEquals(4, domain.snapshotNum());
      assertEquals(1, domain.snapshotNum(SnapshotListFlag.ROOTS));
      assertEquals(Set.of("root", "left", "leaf", "right"), Set.of(domain.snapshotListNames()));
      assertArrayEquals(
          new String[] {"root"},
          domain.snapshotListNames(SnapshotListFlag.NO_LEAVES, SnapshotListFlag.ROOTS));
      assertEquals("root", domain.snapshotListNames(SnapshotListFlag.TOPOLOGICAL)[0]);

      assertTrue(root.getParent().isEmpty());
      assertEquals("left", nameAndClose(leaf.getParent().orElseThrow()));
      assertEquals(2, root.numChildren());
      assertEquals(3, root.numChildren(SnapshotListFlag.DESCENDANTS));
      assertEquals(Set.of("left", "right"), Set.copyOf(root.listChildrenNames()));
      assertEquals(
          Set.of("left", "right", "leaf"),
          mapAndClose(root.listAllChildren(SnapshotListFlag.DESCENDANTS), DomainSnapshot::getName));
      assertTrue(domain.hasCurrentSnapshot());
      assertEquals("right", nameAndClose(domain.snapshotCurrent().orElseThrow()));
      assertFalse(leaf.isCurrent());
      assertTrue(root.hasMetadata());
      try (Domain same = leaf.getDomain()) {
        assertEquals(UUID, same.getUUIDString());
        same.revertToSnapshot(leaf);
        same.revertToSnapshot(leaf, RevertFlag.PAUSED, RevertFlag.FORCE);
        assertEquals(DomainState.PAUSED, same.getState().state());
        LibvirtException refused =
            assertThrows(LibvirtException.class, () -> same.revertToSnapshot(leaf, 1 << 30));
        assertTrue(refused.getMessage().startsWith("unsupported flags (0x40000000)"));
      }
      assertTrue(leaf.isCurrent());
      assertTrue(leaf.getXMLDesc().contains("<name>leaf</name>"));

      leaf.delete();
      assertThrows(NoSuchSnapshotException.class, leaf::getParent);
      assertThrows(NoSuchSnapshotException.class, leaf::revert);
      root.delete(SnapshotDeleteFlag.CHILDREN);
      assertEquals(0, domain.snapshotNum());
    }
  }

  @Test
  void snapshotIsRedefined() throws LibvirtException {
    Guests.take(domain, "first");
    Guests.take(domain, "second");
    try (DomainSnapshot first = domain.snapshotLookupByName("first");
        DomainSnapshot redefined =
            domain.snapshotCreateXML(
                first.getXMLDesc(), SnapshotCreateFlag.REDEFINE, SnapshotCreateFlag.CURRENT)) {
      assertEquals("first", redefined.getName());
      assertTrue(first.isCurrent());
      first.delete(SnapshotDeleteFlag.CHILDREN);
    }
  }

  @Test
  void snapshotListHasNoLimit() throws LibvirtException {
    for (int i = 0; i < 1500; i++) {
      Guests.take(domain, "s" + i);
    }
    assertEquals(1500, domain.snapshotListNames().length);
    try (DomainSnapshot first = domain.snapshotLookupByName("s0")) {
      assertEquals(1499, first.listChildrenNames(SnapshotListFlag.DESCENDANTS).size());
      first.delete(SnapshotDeleteFlag.CHILDREN);
    }
  }

  @Test
  void errorKeepsAllFieldsOfLibvirt() {
    LibvirtException e =
        assertThrows(NoSuchSnapshotException.class, () -> domain.snapshotLookupByName("größer"));

    assertEquals(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, e.getError().getCode());
    assertEquals(ErrorDomain.VIR_FROM_TEST, e.getError().getDomain());
    assertEquals(
        "Domain snapshot not found: no domain snapshot with matching name 'größer'",
        e.getMessage());
    assertEquals("no domain snapshot with matching name 'größer'", e.getError().getStr2());
  }

  @Test
  void fileOnTheTestingPage_hasADomainWithASnapshot(@TempDir Path folder) throws Exception {
    String page = Files.readString(Path.of("docs/testing-your-code.md"));
    String content = page.substring(page.indexOf("<node"), page.indexOf("</node>")) + "</node>";
    Path node = Files.writeString(folder.resolve("node.xml"), content);
    try (Connect ofFile = new Connect("test://" + node);
        Domain web01 = ofFile.domainLookupByName("web01")) {
      assertEquals(DomainState.RUNNING, web01.getState().state());
      assertEquals("clean-install", nameAndClose(web01.snapshotCurrent().orElseThrow()));
      SnapshotReverter.of(web01).to("clean-install").enforcingState().revert();
    }
  }

  private static String nameAndClose(DomainSnapshot snapshot) {
    try (snapshot) {
      return snapshot.getName();
    }
  }

  private static <T> Set<T> mapAndClose(
      List<DomainSnapshot> snapshots, Function<DomainSnapshot, T> get) {
    try {
      return Set.copyOf(snapshots.stream().map(get).collect(ImmutableList.toImmutableList()));
    } finally {
      snapshots.forEach(DomainSnapshot::close);
    }
  }
}
