package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.integration.PrivateLibvirtd;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Compares the inventory of a real host with the definitions of all its domains. */
@Timeout(300)
@Tag("qemu")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostInventoryIT {
  private PrivateLibvirtd libvirtd;
  private Connect connect;
  private final Map<String, String> uuids = new TreeMap<>();

  @BeforeAll
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    connect = new Connect(libvirtd.qemu());
    Path directory = libvirtd.directory();
    image(directory.resolve("raw.img"), "raw", "");
    image(directory.resolve("golden"), "qcow2", "");
    for (String clone : List.of("on", "off", "alone", "nested")) {
      image(
          directory.resolve(clone),
          "qcow2",
          clone.equals("alone") ? "" : clone.equals("nested") ? path("off") : path("golden"));
    }
    Path pool = Files.createDirectory(directory.resolve("pool"));
    libvirtd.give(pool);
    image(pool.resolve("v1"), "qcow2", path("golden"));
    image(pool.resolve("v2"), "qcow2", "");
    PrivateLibvirtd.run(
        "virsh",
        "-c",
        libvirtd.qemu(),
        "pool-create-as",
        "pool",
        "dir",
        "--target",
        pool.toString());

    start("on", file("on", "qcow2"));
    define("off", file("off", "qcow2"));
    start("alone", file("alone", "qcow2"));
    start("nested", file("nested", "qcow2"));
    define("golden", file("golden", "qcow2"));
    define("raw", file("raw.img", "raw"));
    start("volume-on", volume("v1"));
    define("volume-off", volume("v2"));
    define("volume-same", volume("v2"));
    define(
        "network",
        "<disk type='network'><source protocol='nbd' name='x'><host name='127.0.0.1'/></source>"
            + "<target dev='vdb' bus='virtio'/></disk>");
    start("drive", "<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>");
    define("none", "");
  }

  @AfterAll
  void stop() throws Exception {
    connect.close();
    libvirtd.close();
  }

  private String path(String name) {
    return libvirtd.directory().resolve(name).toString();
  }

  private void image(Path image, String format, String base) throws Exception {
    List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", format));
    if (!base.isEmpty()) {
      command.addAll(List.of("-b", base, "-F", "qcow2"));
    }
    command.addAll(List.of(image.toString(), "16M"));
    PrivateLibvirtd.run(command.toArray(String[]::new));
    libvirtd.give(image);
  }

  private String file(String name, String format) {
    return "<disk type='file'><driver name='qemu' type='"
        + format
        + "'/><source file='"
        + path(name)
        + "'/><target dev='vda' bus='virtio'/></disk>";
  }

  private static String volume(String name) {
    return "<disk type='volume'><driver name='qemu' type='qcow2'/><source pool='pool' volume='"
        + name
        + "'/><target dev='vda' bus='virtio'/></disk>";
  }

  private void start(String name, String disks) throws LibvirtException {
    define(name, disks);
    try (Domain domain = connect.domainLookupByName(name)) {
      domain.create();
    }
  }

  private void define(String name, String disks) throws LibvirtException {
    try (Domain domain =
        connect.domainDefineXML(
            "<domain type='qemu'><name>"
                + name
                + "</name><memory unit='MiB'>32</memory><os><type machine='pc'>hvm</type></os>"
                + "<devices>"
                + disks
                + "<graphics type='vnc' port='-1' autoport='yes'/></devices></domain>")) {
      uuids.put(name, domain.getUUIDString());
    }
  }

  private Map<String, XmlNode> definitions() throws LibvirtException {
    ImmutableMap.Builder<String, XmlNode> definitions = ImmutableMap.builder();
    List<Domain> all = connect.listAllDomains();
    for (Domain domain : all) {
      definitions.put(domain.getName(), XmlNode.parse(domain.getXMLDesc()));
    }
    all.forEach(Domain::close);
    return definitions.buildOrThrow();
  }

  private static Set<String> images(OtherDomain domain) {
    return Disk.images(domain.disks().stream());
  }

  private static Set<OtherDomain> related(
      Set<String> images, String own, Map<String, XmlNode> definitions) {
    Set<OtherDomain> candidates =
        definitions.entrySet().stream()
            .filter(each -> !each.getKey().equals(own))
            .map(each -> OtherDomain.of(each.getKey(), each.getValue()))
            .collect(Collectors.toCollection(HashSet::new));
    Set<OtherDomain> related = new HashSet<>();
    Set<String> knownImages = new HashSet<>(images);
    while (true) {
      Set<OtherDomain> more =
          candidates.stream()
              .filter(other -> !Sets.intersection(images(other), knownImages).isEmpty())
              .collect(Collectors.toSet());
      if (more.isEmpty()) {
        return related;
      }
      candidates.removeAll(more);
      related.addAll(more);
      more.forEach(other -> knownImages.addAll(images(other)));
    }
  }

  @Test
  void relatedDomainsMatchAllDefinitions() throws LibvirtException {
    Map<String, XmlNode> definitions = definitions();
    HostInventory inventory = HostInventory.once();
    int relatedDomains = 0;
    for (Map.Entry<String, XmlNode> domain : definitions.entrySet()) {
      Set<String> own = images(OtherDomain.of(domain.getKey(), domain.getValue()));
      for (HostInventory tested : List.of(inventory, HostInventory.once())) {
        OtherDomains otherDomains =
            tested.otherDomains(
                connect,
                new OtherDomainsQuery(
                    uuids.get(domain.getKey()), own, Set.of(), Optional.empty(), true));

        assertEquals(
            related(own, domain.getKey(), definitions),
            Set.copyOf(otherDomains.related()),
            domain.getKey());
        assertTrue(otherDomains.imagesKnown());
        assertEquals(List.of(), otherDomains.unknowns());
        assertEquals(
            listening(definitions, domain.getKey()), otherDomains.listening(), domain.getKey());
        relatedDomains += otherDomains.related().size();
      }
    }
    assertTrue(relatedDomains > 20, "only " + relatedDomains + " were related");
  }

  private static Map<String, String> listening(Map<String, XmlNode> definitions, String own) {
    ImmutableMap.Builder<String, String> listening = ImmutableMap.builder();
    definitions.forEach(
        (name, definition) -> {
          if (!name.equals(own) && !definition.text("@id").isEmpty()) {
            GraphicsPorts.of(definition).forEach(port -> listening.put(port, name));
          }
        });
    return listening.buildOrThrow();
  }

  /** A guest that is starting can end if libvirt queries its process. */
  @Test
  void oneCallReportsImagesOfInactiveDomainsOnly() throws LibvirtException {
    Map<String, DomainImages> reported =
        new HostQueries(connect)
            .inactiveDomainImages().stream()
                .collect(Collectors.toMap(DomainImages::name, each -> each));

    reported.forEach((name, each) -> assertEquals(uuids.get(name), each.uuid()));
    assertEquals(inactive(), reported.keySet());
    assertReported(reported, "off", true, "off");
    assertReported(reported, "volume-off", false);
    assertReported(reported, "network", false);
    assertReported(reported, "none", true);
    try (Domain on = connect.domainLookupByName("on");
        Domain off = connect.domainLookupByName("off")) {
      assertEquals(Optional.empty(), new DomainQueries(on).images());
      assertEquals(Optional.of(reported.get("off")), new DomainQueries(off).images());
    }
  }

  private Set<String> inactive() throws LibvirtException {
    return Set.of(connect.listDefinedDomains());
  }

  private void assertReported(
      Map<String, DomainImages> reported, String name, boolean complete, String... images) {
    Set<String> paths = Set.of(images).stream().map(this::path).collect(Collectors.toSet());
    assertEquals(paths, reported.get(name).images(), name);
    assertEquals(complete, reported.get(name).complete(), name);
  }

  /** The test driver of libvirt 7.0 does not support the call. */
  @Test
  @Tag("another-process")
  void testDriverReportsNoImages() throws LibvirtException {
    try (Connect test = new Connect(libvirtd.uri("test+unix:///default"))) {
      try (Domain domain = test.domainLookupByName("test")) {
        domain.destroy();
      }
      DomainImages reported = new HostQueries(test).inactiveDomainImages().get(0);
      assertEquals("test", reported.name());
      assertFalse(reported.complete());
    }
  }

  @Test
  void readOnlyConnectionReportsTheSameImages() throws LibvirtException {
    try (Connect readOnly = new Connect(libvirtd.qemu(), true)) {
      assertEquals(
          Set.copyOf(new HostQueries(connect).inactiveDomainImages()),
          Set.copyOf(new HostQueries(readOnly).inactiveDomainImages()));
    }
  }
}
