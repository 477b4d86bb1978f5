package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.Uninterruptibles;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which domains share an image with a domain, and how often the library calls libvirt. */
@Timeout(60)
class HostInventoryTest {
  private static final Duration MAX_AGE = Duration.ofSeconds(5);

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 1);
  private final HostInventory inventory = HostInventory.create(MAX_AGE, time::get);
  private Connect connect;

  @BeforeEach
  void open() throws LibvirtException {
    connect = libvirt.connect();
  }

  @AfterEach
  void close() {
    connect.close();
    libvirt.references.assertBalanced();
  }

  /** Returns the definition of an active domain with a disk in an image and its backing images. */
  private static String definition(String... images) {
    StringBuilder chain = new StringBuilder();
    for (String image : images) {
      chain.append("<source file='").append(image).append("'/><backingStore>");
    }
    return "<domain id='1'><devices><disk type='file'>"
        + chain
        + "</backingStore>".repeat(images.length)
        + "<target dev='vda'/></disk><disk device='cdrom'><target dev='sda'/></disk></devices>"
        + "</domain>";
  }

  /** Returns the definition of an inactive domain, which names no backing image. */
  private static String shutOff(String format, String image) {
    return "<domain><devices><disk type='file'><driver type='"
        + format
        + "'/><source file='"
        + image
        + "'/><target dev='vda'/></disk></devices></domain>";
  }

  private static OtherDomainsQuery query(String... images) {
    return new OtherDomainsQuery(
        MockedLibvirt.UUID, Set.of(images), Set.of(), Optional.empty(), false);
  }

  private OtherDomains otherDomains(String... images) throws LibvirtException {
    return inventory.otherDomains(connect, query(images));
  }

  private List<String> related(String... images) throws LibvirtException {
    return related(inventory, images);
  }

  private List<String> related(HostInventory asked, String... images) throws LibvirtException {
    return asked.otherDomains(connect, query(images)).related().stream()
        .map(OtherDomain::name)
        .toList();
  }

  private void verifyDefinitionReads(int place, int times) {
    verify(libvirt.library, times(times))
        .virDomainGetXMLDesc(eq(MockedLibvirt.other(place)), anyInt());
  }

  private void verifyImageReports(int times) {
    verify(libvirt.library, times(times))
        .virConnectGetAllDomainStats(any(), eq(32), any(), eq((1 << 30) | (1 << 29) | 2));
  }

  /** Without image reports, only the definitions contain the images. */
  @Test
  void withoutImageReports_eachDefinitionIsReadOnce() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of(
            "broken",
            "<domain",
            "same",
            definition("/a"),
            "other",
            definition("/b"),
            "above",
            definition("/c", "/a")));

    assertEquals(List.of("same", "above"), related("/a"));
    assertEquals(List.of("other"), related("/b"));

    assertFalse(otherDomains("/a").imagesKnown());
    for (int place = 1; place <= 4; place++) {
      verifyDefinitionReads(place, 1);
    }
    verifyImageReports(1);
  }

  @Test
  void domainsThatShareNoImageAreNotRead() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of(
            "broken",
            "<domain",
            "same",
            definition("/a"),
            "other",
            definition("/b"),
            "above",
            definition("/c", "/a")));
    libvirt.tellImages(
        List.of(List.of("/a"), List.of("/z"), List.of("/a"), List.of("/b"), List.of("/c", "/a")));

    assertEquals(List.of("same", "above"), related("/a"));
    assertTrue(otherDomains("/a").imagesKnown());

    verifyDefinitionReads(1, 0);
    verifyDefinitionReads(2, 1);
    verifyDefinitionReads(3, 0);
    verifyDefinitionReads(4, 1);
    verify(libvirt.library, never()).virDomainGetXMLDesc(eq(libvirt.domain), anyInt());
    verify(libvirt.library, times(2)).virConnectListAllDomains(any(), any(), anyInt());
  }

  /** libvirt does not report the NVRAM among the images of a domain. */
  @Test
  void domainWithTheNvram_isRelatedIfTheNvramMatters() throws LibvirtException {
    String domain = "<domain id='1'><os><nvram>/nvram/%s.fd</nvram></os></domain>";
    libvirt.addOthers(
        ImmutableMap.of("web02", domain.formatted("web01"), "web03", domain.formatted("web03")));
    libvirt.tellImages(List.of(List.of("/a"), List.of(), List.of()));
    assertEquals(List.of(), related("/nvram/web01.fd"));
    verifyDefinitionReads(1, 0);

    OtherDomainsQuery query =
        new OtherDomainsQuery(
            MockedLibvirt.UUID, Set.of("/a"), Set.of(), Optional.of("/nvram/web01.fd"), false);
    List<OtherDomain> related = inventory.otherDomains(connect, query).related();

    assertEquals(List.of("web02"), related.stream().map(OtherDomain::name).toList());
    assertEquals(Set.of("/nvram/web01.fd"), related.get(0).images());
  }

  /** A symbolic link or a second mount gives a file a second path. */
  @Test
  void imageOfTheSameFileNameElsewhere_isUnknown() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of("web02", definition("/link/web01.qcow2"), "web03", definition("/b")));
    libvirt.tellImages(List.of(List.of(), List.of("/link/web01.qcow2"), List.of("/b")));
    assertEquals(
        List.of(
            "whether another domain uses an image of the domain under another path, as"
                + " \"/link/web01.qcow2\""),
        otherDomains("/images/web01.qcow2").unknowns());
    assertEquals(List.of(), otherDomains("/images/web02.qcow2").unknowns());
    assertEquals(List.of(), otherDomains("/link/web01.qcow2").unknowns());
  }

  /** libvirt names an overlay after the image, without its extension. */
  @Test
  void imageThatDiffersInExtensionOnly_isRelated() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of(
            "test", definition("/images/db.test"), "web", definition("/images/web.qcow2")));
    libvirt.tellImages(
        List.of(List.of(), List.of("/images/db.test"), List.of("/images/web.qcow2")));

    assertEquals(List.of("test"), related("/images/db.prod"));
    assertEquals(List.of(), related("/images/log.prod", "/db.prod"));
    verifyDefinitionReads(2, 0);
  }

  @Test
  void domainsAreRelatedThroughOtherDomains() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of(
            "first",
            definition("/c", "/b"),
            "second",
            definition("/b", "/a"),
            "third",
            definition("/c")));
    assertEquals(Set.of("second", "first", "third"), Set.copyOf(related("/a")));

    libvirt.tellImages(List.of(List.of(), List.of("/c", "/b"), List.of("/b", "/a"), List.of("/c")));
    time.addAndGet(MAX_AGE.toNanos());
    assertEquals(Set.of("second", "first", "third"), Set.copyOf(related("/a")));
  }

  @Test
  void imageNameEscapedInXmlIsFound() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of("escaped", definition("/a&#38;b"), "other", definition("/c")));
    assertEquals(List.of("escaped"), related("/a&b"));
  }

  @Test
  void noImages_noRelatedDomains() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("db01", definition("/a")));
    assertEquals(List.of(), related());
  }

  @Test
  void relatedDomainHasNameStateAndDisks() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("web", definition("/b", "/a")));
    OtherDomain other = otherDomains("/a").related().get(0);
    assertEquals("web", other.name());
    assertTrue(other.active());
    assertEquals("/b", other.disks().get(0).image());
    assertEquals(List.of("/a"), other.disks().get(0).beneath());
  }

  /** Adds a volume to a storage pool. */
  private void addVolume(String pool, String name, String path, long address) {
    StoragePoolPointer poolPointer = new StoragePoolPointer(new Pointer(address));
    StorageVolPointer volume = new StorageVolPointer(new Pointer(address + 1));
    when(libvirt.library.virStoragePoolLookupByName(any(), eq(pool))).thenReturn(poolPointer);
    when(libvirt.library.virStorageVolLookupByName(poolPointer, name)).thenReturn(volume);
    when(libvirt.library.virStorageVolGetPath(volume)).thenReturn(new OwnedString(path));
  }

  private static String withVolume(String pool, String volume) {
    return "<domain><devices><disk type='volume'><driver type='qcow2'/><source pool='"
        + pool
        + "' volume='"
        + volume
        + "'/><target dev='vda'/></disk></devices></domain>";
  }

  @Test
  void volume_isRelatedByItsPath() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of(
            "web02", withVolume("images", "web01.qcow2"),
            "web03", withVolume("backup", "web01.qcow2")));
    libvirt.tellImages(List.of(List.of(), List.of(""), List.of("")));
    addVolume("images", "web01.qcow2", "/images/web01.qcow2", 0x5000);
    addVolume("backup", "web01.qcow2", "/backup/web01.qcow2", 0x6000);

    OtherDomains others = otherDomains("/images/web01.qcow2");

    assertEquals(List.of("web02"), others.related().stream().map(OtherDomain::name).toList());
    assertEquals("/images/web01.qcow2", others.related().get(0).disks().get(0).image());
    assertEquals(
        List.of(
            "whether another domain uses an image of the domain under another path, as"
                + " \"backup/web01.qcow2\""),
        others.unknowns());
    assertEquals(others, otherDomains("/images/web01.qcow2"));
    verify(libvirt.library, times(2)).virStorageVolGetPath(any());
  }

  @Test
  void moreVolumesOfTheSameFileNameThanTheBound_areUnknownUntilTheNextPlan()
      throws LibvirtException {
    Map<String, String> others = new LinkedHashMap<>();
    for (int i = 1; i <= VolumePaths.MAX_QUERIES + 2; i++) {
      others.put("vm" + i, withVolume("vm" + i, "disk.qcow2"));
    }
    libvirt.addOthers(others);
    var unused = fail(ErrorNumber.VIR_ERR_NO_STORAGE_POOL, ErrorDomain.VIR_FROM_STORAGE);

    OtherDomains first = otherDomains("/images/disk.qcow2");

    assertTrue(
        first.unknowns().get(0).startsWith("whether another domain uses an image of the domain"));
    verify(libvirt.library, times(VolumePaths.MAX_QUERIES))
        .virStoragePoolLookupByName(any(), any());
    assertEquals(first, otherDomains("/images/disk.qcow2"));
    verify(libvirt.library, times(VolumePaths.MAX_QUERIES + 2))
        .virStoragePoolLookupByName(any(), any());
  }

  /** Lets a storage pool describe an image with its backing image. */
  private void addToPool(String image, String backing, long address) {
    StorageVolPointer volume = new StorageVolPointer(new Pointer(address));
    when(libvirt.library.virStoragePoolLookupByTargetPath(any(), any()))
        .thenReturn(new StoragePoolPointer(new Pointer(address + 1)));
    when(libvirt.library.virStorageVolLookupByPath(any(), eq(image))).thenReturn(volume);
    when(libvirt.library.virStorageVolGetXMLDesc(eq(volume), anyInt()))
        .thenReturn(
            new OwnedString(
                "<volume><backingStore><path>" + backing + "</path></backingStore></volume>"));
  }

  private OtherDomains withClonesOf(String image) throws LibvirtException {
    return inventory.otherDomains(
        connect,
        new OtherDomainsQuery(
            MockedLibvirt.UUID, Set.of(image), Set.of(image), Optional.empty(), false));
  }

  @Test
  void linkedCloneThatIsShutOff_isRelatedIfItsImageMatters() throws LibvirtException {
    String golden = "/images/golden.qcow2";
    libvirt.addOthers(
        ImmutableMap.of(
            "clone", shutOff("qcow2", "/images/clone.qcow2"),
            "web02", shutOff("qcow2", "/images/web02.qcow2")));
    libvirt.tellImages(
        List.of(List.of(), List.of("/images/clone.qcow2"), List.of("/images/web02.qcow2")));
    addToPool("/images/clone.qcow2", golden, 0x5000);

    assertEquals(List.of(), related(golden));
    OtherDomains others = withClonesOf(golden);

    assertEquals(List.of("clone"), others.related().stream().map(OtherDomain::name).toList());
    assertEquals(
        Map.of("/images/clone.qcow2", List.of(golden)), others.related().get(0).inferred());
    assertEquals(1, others.unknowns().size());
    assertTrue(others.unknowns().get(0).contains("\"/images/web02.qcow2\""));
  }

  /** The guest of a raw disk can write a header with any backing image to it. */
  @Test
  void rawImageWithAHeader_hasNoBackingImage() throws LibvirtException {
    String golden = "/images/golden.qcow2";
    libvirt.addOthers(ImmutableMap.of("web02", shutOff("raw", "/images/web02.img")));
    libvirt.tellImages(List.of(List.of(), List.of("/images/web02.img")));
    addToPool("/images/web02.img", golden, 0x5000);

    assertEquals(
        List.of(Map.of()),
        withClonesOf(golden).related().stream().map(OtherDomain::inferred).toList());
  }

  @Test
  void linkedCloneThatIsAVolumeOfTheSameFileName_hasItsBackingImage() throws LibvirtException {
    String golden = "/images/web01.qcow2";
    libvirt.addOthers(ImmutableMap.of("clone", withVolume("clones", "web01.qcow2")));
    libvirt.tellImages(List.of(List.of(), List.of("")));
    addVolume("clones", "web01.qcow2", "/clones/web01.qcow2", 0x5000);
    addToPool("/clones/web01.qcow2", golden, 0x6000);

    OtherDomains others = withClonesOf(golden);

    OtherDomain clone = others.related().get(0);
    assertEquals("/clones/web01.qcow2", clone.disks().get(0).image());
    assertEquals(Map.of("/clones/web01.qcow2", List.of(golden)), clone.inferred());
  }

  /** libvirt reports a volume of an inactive domain, a network disk and an empty drive alike. */
  @Test
  void definitionIsReadIfLibvirtReportsNoPath() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of(
            "volume",
            "<domain><devices><disk type='volume'><source pool='p' volume='v'/></disk></devices>"
                + "</domain>",
            "file",
            definition("/b")));
    libvirt.tellImages(List.of(List.of("/a"), List.of(""), List.of("/b")));

    assertEquals(List.of(), related("/a"));
    verifyDefinitionReads(1, 1);
    verifyDefinitionReads(2, 0);
  }

  /** libvirt reports the path of an active domain's volume; the definition contains its name. */
  @Test
  void allDefinitionsAreReadToFindAVolumeByName() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of(
            "volume",
            "<domain id='1'><devices><disk type='volume'><source pool='p' volume='v'/></disk>"
                + "</devices></domain>"));
    libvirt.tellImages(List.of(List.of("/p/v"), List.of("/p/v")));

    assertEquals(List.of("volume"), related("p/v"));
  }

  @Test
  void portsAreReadFromActiveDomainsOnly() throws LibvirtException {
    String screen = "<devices><graphics type='vnc' port='5901'/></devices></domain>";
    libvirt.addOthers(
        ImmutableMap.of(
            "on", "<domain id='1'>" + screen, "off", "<domain>" + screen, "broken", " id="));
    libvirt.tellImages(Arrays.asList(List.of(), null, List.of(), null));

    OtherDomains otherDomains =
        inventory.otherDomains(
            connect,
            new OtherDomainsQuery(
                MockedLibvirt.UUID, Set.of("/a"), Set.of(), Optional.empty(), true));

    assertEquals(Map.of("5901", "on"), otherDomains.listening());
    assertFalse(
        otherDomains.imagesKnown(), "the images of the unreadable active domain are unknown");
    assertEquals(1, otherDomains.unknowns().size());
    verifyDefinitionReads(1, 1);
    verifyDefinitionReads(2, 0);
  }

  @Test
  void expiredResultIsQueriedAgain() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    libvirt.tellImages(List.of(List.of("/a"), List.of("/a")));
    related("/a");
    time.addAndGet(MAX_AGE.toNanos() - 1);
    related("/a");
    verifyImageReports(1);
    verifyDefinitionReads(1, 1);

    time.incrementAndGet();
    related("/a");

    verifyImageReports(2);
    verifyDefinitionReads(1, 2);
  }

  @Test
  void onlyChangedDomainIsQueriedAgain() throws LibvirtException {
    Map<String, String> others = new LinkedHashMap<>();
    List<List<String>> reported = new ArrayList<>(List.of(List.of("/a")));
    for (int i = 1; i <= 40; i++) {
      others.put("d" + i, definition("/" + i, "/a"));
      reported.add(List.of("/" + i, "/a"));
    }
    libvirt.addOthers(others);
    libvirt.tellImages(reported);
    assertEquals(40, related("/a").size());
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(7)), anyInt()))
        .thenReturn(new OwnedString(definition("/elsewhere")));

    inventory.changed(MockedLibvirt.uuidOf("d7"));
    inventory.changed(MockedLibvirt.UUID);

    assertEquals(39, related("/a").size());
    assertEquals(List.of("d7"), related("/elsewhere"));
    verifyImageReports(1);
    verifyDefinitionReads(7, 2);
    verifyDefinitionReads(8, 1);
    verify(libvirt.library, times(2)).virConnectListAllDomains(any(), any(), anyInt());
    verify(libvirt.library, times(1)).virDomainLookupByUUIDString(any(), any());
  }

  @Test
  void removedDomainIsIgnored() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("gone", definition("/a"), "same", definition("/a")));
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(1)), anyInt()))
        .then(call -> fail(ErrorNumber.VIR_ERR_NO_DOMAIN, ErrorDomain.VIR_FROM_QEMU));

    assertEquals(List.of("same"), related("/a"));
    assertTrue(otherDomains("/a").imagesKnown());
    assertEquals(List.of(), otherDomains("/a").unknowns());
  }

  @Test
  void refusedDefinitionIsReportedAsUnknown() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("denied", definition("/a"), "same", definition("/a")));
    libvirt.tellImages(List.of(List.of("/a"), List.of("/a"), List.of("/a")));
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(1)), anyInt()))
        .then(call -> fail(ErrorNumber.VIR_ERR_ACCESS_DENIED, ErrorDomain.VIR_FROM_ACCESS));

    assertEquals(List.of("same"), related("/a"));
    assertEquals(
        List.of("which images and ports domain \"denied\" uses: no"),
        otherDomains("/a").unknowns());
    assertFalse(otherDomains("/a").imagesKnown());
    assertTrue(otherDomains("/b").imagesKnown());
  }

  private Object fail(ErrorNumber code, ErrorDomain from) {
    when(libvirt.library.virGetLastError())
        .thenReturn(FaultInjection.error(code.value(), from.value(), "no"));
    return null;
  }

  @ParameterizedTest
  @CsvSource({"VIR_ERR_NO_SUPPORT", "VIR_ERR_INVALID_ARG"})
  void imageReportsUnsupported_domainsAreListed(ErrorNumber code) throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    var unused = fail(code, ErrorDomain.VIR_FROM_QEMU);

    assertEquals(List.of("same"), related("/a"));
  }

  @Test
  void imageReportFunctionMissing_domainsAreListed() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    when(libvirt.library.virConnectGetAllDomainStats(any(), anyInt(), any(), anyInt()))
        .thenThrow(new UnsatisfiedLinkError("undefined symbol"));

    assertEquals(List.of("same"), related("/a"));
  }

  @Test
  void lostConnection_nextCallQueriesAgain() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    var unused = fail(ErrorNumber.VIR_ERR_SYSTEM_ERROR, ErrorDomain.VIR_FROM_RPC);
    assertThrows(ConnectionLostException.class, () -> related("/a"));

    libvirt.tellImages(List.of(List.of("/a"), List.of("/a")));
    assertEquals(List.of("same"), related("/a"));
  }

  @Test
  void concurrentCallsShareOneQuery() throws Exception {
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    libvirt.tellImages(List.of(List.of("/a"), List.of("/a")));
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(1)), anyInt()))
        .then(
            call -> {
              asked.countDown();
              Uninterruptibles.awaitUninterruptibly(answer);
              return new OwnedString(definition("/a"));
            });
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<List<String>>> results = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        results.add(threads.submit(() -> related("/a")));
      }
      asked.await();
      inventory.changed(MockedLibvirt.UUID);
      answer.countDown();
      for (Future<List<String>> each : results) {
        assertEquals(List.of("same"), each.get());
      }
    } finally {
      threads.shutdownNow();
    }
    verifyImageReports(1);
    verifyDefinitionReads(1, 1);
  }

  @Test
  void hangingThreadDoesNotBlockOtherThreads() throws Exception {
    HostInventory withShortPatience = new HostInventory(MAX_AGE, time::get, Duration.ofMillis(50));
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(1)), anyInt()))
        .then(
            call -> {
              asked.countDown();
              Uninterruptibles.awaitUninterruptibly(answer);
              return new OwnedString(definition("/a"));
            })
        .thenReturn(new OwnedString(definition("/a")));
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<List<String>> hanging = threads.submit(() -> related(withShortPatience, "/a"));
      asked.await();
      assertEquals(List.of("same"), related(withShortPatience, "/a"));
      assertEquals(List.of("same"), related(withShortPatience, "/a"));
      answer.countDown();
      assertEquals(List.of("same"), hanging.get());
    } finally {
      answer.countDown();
      threads.shutdown();
    }
    verifyDefinitionReads(1, 2);
  }

  /** A thread that hung may continue, and must not discard the changes that others reported. */
  @Test
  void changeIsSeenAfterAThreadHung() throws Exception {
    HostInventory withShortPatience = new HostInventory(MAX_AGE, time::get, Duration.ofMillis(50));
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(1)), anyInt()))
        .then(
            call -> {
              asked.countDown();
              Uninterruptibles.awaitUninterruptibly(answer);
              return new OwnedString(definition("/a"));
            })
        .thenReturn(new OwnedString(definition("/a")))
        .thenReturn(new OwnedString(definition("/b")));
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<List<String>> hanging = threads.submit(() -> related(withShortPatience, "/a"));
      asked.await();
      assertEquals(List.of("same"), related(withShortPatience, "/a"));
      withShortPatience.changed(MockedLibvirt.uuidOf("same"));
      answer.countDown();
      assertEquals(List.of("same"), hanging.get());
      assertEquals(List.of(), related(withShortPatience, "/a"));
    } finally {
      answer.countDown();
      threads.shutdown();
    }
  }

  @Test
  void refreshedImagesRequireNoDefinition() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    libvirt.tellImages(List.of(List.of("/own"), List.of("/a")));
    assertEquals(List.of("same"), related("/a"));

    inventory.refresh(
        MockedLibvirt.uuidOf("same"),
        Optional.of(new DomainImages("same", MockedLibvirt.uuidOf("same"), Set.of("/b"), true)));

    assertEquals(List.of(), related("/a"));
    verifyDefinitionReads(1, 1);
    verifyImageReports(1);
  }

  /** A definition that was read during a change may be the old one. */
  @Test
  void changeDuringQueryIsQueriedAgain() throws LibvirtException {
    libvirt.addOthers(ImmutableMap.of("same", definition("/a")));
    libvirt.tellImages(List.of(List.of("/a"), List.of("/a")));
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(1)), anyInt()))
        .then(
            call -> {
              inventory.changed(MockedLibvirt.uuidOf("same"));
              return new OwnedString(definition("/a"));
            })
        .thenReturn(new OwnedString(definition("/b")));

    assertEquals(List.of("same"), related("/a"));
    assertEquals(List.of(), related("/a"));
  }

  @Test
  void maximumAge_outOfRange_isRejected() {
    assertThrows(
        IllegalArgumentException.class,
        () -> HostInventory.create(Duration.ofNanos(-1), System::nanoTime));
    assertThrows(
        IllegalArgumentException.class,
        () -> HostInventory.create(Duration.ofSeconds(Long.MAX_VALUE), System::nanoTime));
  }
}
