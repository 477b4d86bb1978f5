package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The snapshot tree of libvirt's domains. */
@Timeout(300)
class SnapshotTreeIT {
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void define() throws LibvirtException {
    connect = new Connect("test:///default");
    domain = connect.domainDefineXML(Guests.testXml("tree"));
    domain.create();
  }

  @AfterEach
  void remove() throws LibvirtException {
    domain.destroy();
    for (DomainSnapshot snapshot : domain.listAllSnapshots()) {
      snapshot.delete();
      snapshot.close();
    }
    domain.undefine();
    domain.close();
    connect.close();
  }

  private void take(String name) throws LibvirtException {
    String escaped = XmlEscapers.xmlContentEscaper().escape(name).replace("\r", "&#13;");
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>%1$s</name><description>of %1$s</description></domainsnapshot>"
                .formatted(escaped))
        .close();
  }

  private void revertTo(String name) throws LibvirtException {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      snapshot.revert();
    }
  }

  /**
   * The alphabetical order of the children is their order of creation, so the test also passes if
   * libvirt creates both in the same second.
   */
  @Test
  void treeMatchesSnapshotsOfLibvirt() throws LibvirtException {
    take("base");
    take("db");
    revertTo("base");
    Guests.bringTo(domain, DomainState.PAUSED);
    take("web");

    SnapshotTree tree = SnapshotTree.of(domain);

    assertEquals(
        """
        base (running, just now)
        ├── db (running, just now)
        └── web (paused, just now, current)\
        """,
        tree.toString());
    SnapshotDetails web = tree.current().orElseThrow();
    assertEquals(Optional.of("of web"), web.description());
    assertEquals(Optional.of("base"), web.parent());
    assertEquals(Optional.of(true), web.metadata());
    assertEquals("base\n├── db\n└── web (current)", SnapshotTree.namesOf(domain).toString());
  }

  @Test
  void treeIsEmptyWithoutSnapshots() throws LibvirtException {
    assertEquals("no snapshots", SnapshotTree.of(domain).toString());
    assertEquals(0, SnapshotTree.namesOf(domain).size());
    assertEquals(Optional.empty(), SnapshotTree.of(domain).current());
  }

  /** libvirt does not escape a carriage return, and an XML parser reads it as a line feed. */
  @Test
  void treeContainsEveryNameThatLibvirtAccepts() throws LibvirtException {
    List<String> names =
        ImmutableList.of(
            "a\nb", "a\rb", " ", " a", "a ", "a\tb", "<x>&]]>", "\"", "\u202e", "\ud83d\ude00");
    for (String name : names) {
      take(name);
    }
    take("last");

    SnapshotTree tree = SnapshotTree.of(domain);

    List<String> path = tree.path("a\nb", "last").stream().map(SnapshotDetails::name).toList();
    assertEquals(ImmutableList.builder().addAll(names).add("last").build(), path);
    assertEquals(
        path,
        SnapshotTree.namesOf(domain).path("a\nb", "last").stream()
            .map(SnapshotDetails::name)
            .toList());
    assertEquals(names.size(), CharMatcher.is('\n').countIn(tree.toString()));
  }

  @Test
  void treeContainsChainOf10000Snapshots() throws LibvirtException {
    int length = 10_000;
    for (int i = 0; i < length; i++) {
      take("s" + i);
    }

    SnapshotTree tree = SnapshotTree.of(domain);

    assertEquals(
        IntStream.range(0, length).mapToObj(i -> "s" + i).toList(),
        tree.stream().map(SnapshotDetails::name).toList());
    assertEquals(length, tree.path("s0", "s" + (length - 1)).size());
    assertTrue(tree.toString().endsWith("s9999 (running, just now, current)"));
  }

  @Test
  @Tag("qemu")
  void detailsNameStorageOfMemoryAndDisks() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started();
        Connect qemu = new Connect(libvirtd.qemu());
        Domain guest = qemu.domainDefineXML(Guests.qemuXml("web01", libvirtd.disk("web01")))) {
      guest.create();
      Guests.take(guest, "internal");
      String memory = libvirtd.directory().resolve("m").toString();
      guest
          .snapshotCreateXML(
              "<domainsnapshot><name>external</name><memory snapshot='external' file='"
                  + memory
                  + "'/></domainsnapshot>")
          .close();

      SnapshotTree tree = SnapshotTree.of(guest);

      SnapshotDetails internal = tree.find("internal").orElseThrow();
      StorageLocation inTheImage =
          new StorageLocation(StorageLocation.Kind.INTERNAL, Optional.empty());
      assertEquals(inTheImage, internal.memory());
      assertEquals(Map.of("vda", inTheImage), internal.disks());
      SnapshotDetails external = tree.find("external").orElseThrow();
      assertEquals(
          new StorageLocation(StorageLocation.Kind.EXTERNAL, Optional.of(memory)),
          external.memory());
      String overlay = libvirtd.directory().resolve("web01.external").toString();
      assertEquals(
          Map.of("vda", new StorageLocation(StorageLocation.Kind.EXTERNAL, Optional.of(overlay))),
          external.disks());
      assertEquals(Optional.of("internal"), external.parent());
    }
  }
}
