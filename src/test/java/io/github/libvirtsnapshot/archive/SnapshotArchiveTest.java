package io.github.libvirtsnapshot.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that metadata is the same on another host, and that what does not fit is refused. */
class SnapshotArchiveTest {
  private static final String UUID = "5c58bcff-5b4c-4d3b-b3b1-5a5b6c7d8e9f";
  private static final String OTHER_UUID = "11111111-2222-3333-4444-555555555555";

  private static final String IMAGE = "/var/lib/libvirt/images/web01.qcow2";

  private interface Use<R> {
    R apply(Domain domain) throws Exception;
  }

  private static <R> R on(FakeLibvirt libvirt, Use<R> use) throws Exception {
    try (Connect connect = libvirt.connect();
        Domain domain = connect.domainLookupByName(SampleArchive.DOMAIN)) {
      return use.apply(domain);
    }
  }

  private static int count(FakeLibvirt libvirt) throws Exception {
    return on(libvirt, domain -> domain.snapshotNum());
  }

  private static ArchivePlan plan(FakeLibvirt libvirt, SnapshotArchive archive) throws Exception {
    return on(libvirt, archive::plan);
  }

  private static ArchivePlan restore(FakeLibvirt libvirt, SnapshotArchive archive)
      throws Exception {
    return on(libvirt, archive::restoreTo);
  }

  private static void addSnapshot(FakeLibvirt libvirt, String xml) throws Exception {
    boolean unused =
        on(
            libvirt,
            domain -> {
              domain.snapshotCreateXML(xml, SnapshotCreateFlag.REDEFINE).close();
              return true;
            });
  }

  @Test
  void archiveHasParentsFirstAndTheCurrentSnapshot() throws Exception {
    SnapshotArchive archive = SampleArchive.read();

    assertEquals(SampleArchive.NAMES, archive.names());
    assertEquals(Optional.of(SampleArchive.CURRENT), archive.current());
    assertEquals(SampleArchive.DOMAIN, archive.domainName());
    assertEquals(
        "archive of domain \"web01\" ("
            + archive.domainUuid()
            + ") with 4 snapshots, current \"db\"",
        archive.toString());
  }

  @Test
  void textIsReadAsSameArchive() throws Exception {
    SnapshotArchive archive = SampleArchive.read();

    SnapshotArchive read = SnapshotArchive.parse(archive.toText());

    assertEquals(archive, read);
    assertEquals(archive.hashCode(), read.hashCode());
    assertEquals(archive.toText(), read.toText());
    assertNotEquals(archive, archive.forDomain("web02", archive.domainUuid()));
  }

  /** Of a moved guest, virsh shows the comments in SnapshotArchiveIT. */
  @Test
  void commentsInMetadataAreInTheText() throws Exception {
    String comments = "<!-- \u00e4 --><?p y?>";
    SnapshotArchive plain = SampleArchive.read();
    SnapshotArchive archive =
        SnapshotArchive.parse(
            plain
                .toText()
                .replaceAll("(<domain [^>]*>)", "$1<metadata>" + comments + "</metadata>"));

    assertNotEquals(plain, archive);
    assertEquals(archive, SnapshotArchive.parse(archive.toText()));
    String renamed = archive.forDomain("web02", OTHER_UUID).without("base").toText();
    assertEquals(3, renamed.split(Pattern.quote(comments), -1).length - 1, renamed);
  }

  @Test
  void domainOnAnotherHostGetsSameTree() throws Exception {
    FakeLibvirt other = SampleArchive.otherHost();
    SnapshotArchive archive = SampleArchive.read();

    ArchivePlan plan = plan(other, archive);
    assertEquals(SampleArchive.NAMES, plan.toAdd());
    assertEquals(List.of(), plan.present());
    assertEquals(List.of(), plan.refusals());
    assertEquals(Optional.of("db"), plan.current());
    assertEquals(0, count(other));

    assertEquals(plan, restore(other, archive));

    assertEquals(archive, on(other, SnapshotArchive::of));
    SnapshotTree tree = on(other, SnapshotTree::of);
    assertEquals("web", tree.parent(SampleArchive.NAMES.get(3)).orElseThrow().name());
    assertEquals("db", tree.current().orElseThrow().name());
  }

  @Test
  void fileThatLibvirtCannotFindIsUnknown() throws Exception {
    ArchivePlan plan = plan(SampleArchive.otherHost(), SampleArchive.read());

    assertEquals(
        List.of(
            "whether the host has the file \"/var/lib/libvirt/images/web01.qcow2\" of snapshots"
                + " \"base\", \"db\", \"web\", \"z\\r&\\n<patched> \""),
        plan.unknowns());
  }

  @Test
  void presentSnapshotsAreLeft() throws Exception {
    FakeLibvirt other = SampleArchive.otherHost();
    SnapshotArchive archive = SampleArchive.read();
    addSnapshot(other, archive.snapshots().get(0).xml().exactXml());
    addSnapshot(other, archive.snapshots().get(2).xml().exactXml());

    ArchivePlan plan = restore(other, archive);

    assertEquals(List.of("base", "web"), plan.present());
    assertEquals(List.of("db", SampleArchive.NAMES.get(3)), plan.toAdd());
    assertEquals(archive, on(other, SnapshotArchive::of));
    assertEquals(List.of(), restore(other, archive).toAdd());
  }

  @Test
  void missingMarkOfPresentSnapshotIsAdded() throws Exception {
    FakeLibvirt other = SampleArchive.otherHost();
    SnapshotArchive archive = SampleArchive.read();
    for (ArchivedSnapshot snapshot : archive.snapshots()) {
      addSnapshot(other, snapshot.xml().exactXml());
    }
    assertFalse(on(other, Domain::hasCurrentSnapshot));

    assertEquals(Optional.of("db"), restore(other, archive).current());

    assertEquals(Optional.of("db"), on(other, Domain::snapshotCurrentName));
  }

  @Test
  void currentSnapshotOfDomainStaysCurrent() throws Exception {
    FakeLibvirt other = new FakeLibvirt();
    FakeDomain fake = other.addDomain(SampleArchive.DOMAIN, DomainState.RUNNING);
    fake.addSnapshot("own", DomainState.RUNNING);

    ArchivePlan plan = restore(other, SampleArchive.read());

    assertEquals(List.of("own"), plan.others());
    assertEquals(Optional.empty(), plan.current());
    assertEquals(Optional.of("own"), on(other, Domain::snapshotCurrentName));
    assertEquals(5, count(other));
  }

  @Test
  void snapshotWithOtherContentIsRefused() throws Exception {
    FakeLibvirt other = SampleArchive.otherHost();
    SnapshotArchive archive = SampleArchive.read();
    String base = archive.snapshots().get(0).xml().exactXml();
    addSnapshot(
        other,
        base.replaceFirst("<creationTime>\\d+<", "<creationTime>1<").replace("shutoff", "running"));

    ArchiveException refused = assertThrows(ArchiveException.class, () -> restore(other, archive));

    assertEquals(
        List.of(
            "the domain has another snapshot \"base\" (different: creation time, state, place of the"
                + " memory); to keep it, use the result of without(\"base\"); to replace it, delete"
                + " the metadata of it and its descendants with METADATA_ONLY and CHILDREN"),
        refused.plan().refusals());
    assertEquals(List.of(), refused.added());
    assertEquals(List.of("db", "web", SampleArchive.NAMES.get(3)), refused.notAdded());
    assertTrue(refused.getMessage().startsWith("no snapshot was added to domain \"web01\": the"));
    assertEquals(1, count(other));
  }

  /** libvirt gives the children of a deleted snapshot to its parent. */
  @Test
  void deletedParentIsRestoredOnlyIfItsChildrenAreDeletedToo() throws Exception {
    FakeLibvirt other = SampleArchive.otherHost();
    SnapshotArchive archive = SampleArchive.read();
    restore(other, archive.without("web").without("base"));

    ArchivePlan plan = plan(other, archive);

    String last = "\"z\\r&\\n<patched> \"";
    assertEquals(
        List.of(
            "the domain has the snapshot \"db\" without the parent \"base\"; to keep it so, use the"
                + " result of without(\"base\"); to replace it, delete the metadata of it and its"
                + " descendants with METADATA_ONLY and CHILDREN",
            "the domain has the snapshot "
                + last
                + " without the parent \"web\"; to keep it so, use the result of without(\"web\");"
                + " to replace it, delete the metadata of it and its descendants with METADATA_ONLY"
                + " and CHILDREN"),
        plan.refusals());
    SnapshotArchive rest = archive.without("web").without("base");
    assertEquals(List.of(), plan(other, rest).refusals());
  }

  @Test
  void domainWithOtherNameIsRefusedUnlessRequested() throws Exception {
    FakeLibvirt other = new FakeLibvirt();
    other.addDomain("web02", DomainState.SHUTOFF);
    SnapshotArchive archive = SampleArchive.read();
    try (Connect connect = other.connect();
        Domain domain = connect.domainLookupByName("web02")) {
      ArchiveException refused =
          assertThrows(ArchiveException.class, () -> archive.restoreTo(domain));
      assertTrue(refused.getMessage().contains("use the result of forDomain()"));
      assertEquals(0, domain.snapshotNum());

      archive.forDomain(domain.getName(), domain.getUUIDString()).restoreTo(domain);

      assertEquals(
          archive.forDomain(domain.getName(), domain.getUUIDString()).names(),
          SnapshotArchive.of(domain).names());
      try (DomainSnapshot web = domain.snapshotLookupByName("web")) {
        assertEquals(Optional.of("base"), web.getParentName());
      }
    }
  }

  @Test
  void childrenOfSnapshotThatIsLeftOutGetItsParent() throws Exception {
    SnapshotArchive archive = SampleArchive.read();

    SnapshotArchive roots = archive.without("base");

    assertEquals(List.of("db", "web", SampleArchive.NAMES.get(3)), roots.names());
    assertEquals(archive.current(), roots.current());
    assertEquals(roots, SnapshotArchive.parse(roots.toText()));
    FakeLibvirt other = SampleArchive.otherHost();
    restore(other, roots);
    SnapshotTree tree = on(other, SnapshotTree::of);
    assertEquals(Optional.empty(), tree.parent("web"));
    assertEquals("web", tree.parent(SampleArchive.NAMES.get(3)).orElseThrow().name());

    SnapshotArchive reparented = archive.without("web");

    assertEquals(
        Optional.of("base"),
        reparented.snapshots().get(2).parent(),
        () -> reparented.snapshots().get(2).xml().exactXml());
  }

  @Test
  void parentOfCurrentSnapshotThatIsLeftOutBecomesCurrent() throws Exception {
    SnapshotArchive archive = SampleArchive.read();

    assertEquals(Optional.of("base"), archive.without("db").current());
    assertEquals(Optional.empty(), archive.without("base").without("db").current());
  }

  @Test
  void snapshotThatIsNotInTheArchiveCannotBeLeftOut() throws Exception {
    SnapshotArchive archive = SampleArchive.read().without("web").without("base");

    assertEquals(
        "the archive does not have the snapshot \"w\\n\"; the names in it: \"db\","
            + " \"z\\r&\\n<patched> \"",
        assertThrows(IllegalArgumentException.class, () -> archive.without("w\n")).getMessage());
    assertThrows(NullPointerException.class, () -> archive.without(null));
  }

  private static final String SNAPSHOT =
      """
      <domainsnapshot>
        <name>web01</name>
        <state>running</state>
        <creationTime>1</creationTime>
        <cookie><name>web01</name></cookie>
        <domain type='kvm'>
          <name>web01</name>
          <uuid>%1$s</uuid>
          <metadata><x:uuid xmlns:x='urn:x'>%1$s</x:uuid><x:a xmlns:x='urn:x'> b </x:a></metadata>
          <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
          <sysinfo type='smbios'>
            <system><entry name='uuid'>%1$s</entry><entry name='serial'>web01</entry></system>
          </sysinfo>
          <devices>
            <disk><source file='/images/web01.qcow2'/><target dev='vda'/></disk>
          </devices>
        </domain>
        <inactiveDomain type='kvm'>
          <name>web01</name>
          <uuid>%1$s</uuid>
        </inactiveDomain>
      </domainsnapshot>
      """
          .formatted(UUID);

  private static String text(String format, String current, String... snapshots) {
    return """
    <snapshotArchive format='%s'>
      <domain><name>web01</name><uuid>%s</uuid></domain>
      %s
      <snapshots>%s</snapshots>
      <addedByNewerRelease/>
    </snapshotArchive>
    """
        .formatted(format, UUID, current, String.join("\n", snapshots));
  }

  @Test
  void nameAndUuidOfDomainAreChangedWhereTheyIdentifyIt() {
    SnapshotArchive archive = SnapshotArchive.parse(text("1", "", SNAPSHOT));

    XmlNode xml = archive.forDomain("a<b", OTHER_UUID).snapshots().get(0).xml();

    assertEquals("web01", xml.text("name"));
    assertEquals("web01", xml.text("cookie/name"));
    for (String definition : List.of("domain/", "inactiveDomain/")) {
      assertEquals("a<b", xml.text(definition + "name"));
      assertEquals(OTHER_UUID, xml.text(definition + "uuid"));
    }
    assertEquals(UUID, xml.text("domain/metadata/x:uuid"));
    assertEquals(" b ", xml.first("domain/metadata/x:a").orElseThrow().ownText());
    assertEquals(
        List.of(OTHER_UUID, "web01"),
        xml.all("domain/sysinfo/system/entry").stream().map(XmlNode::text).toList());
    assertEquals("/images/web01.qcow2", xml.text("domain/devices/disk/source/@file"));
    assertEquals(
        xml.exactXml().replace(OTHER_UUID, UUID).replace("a&lt;b", "web01"),
        archive.snapshots().get(0).xml().exactXml());
  }

  /** A memory file contains the definition of the domain, and libvirt compares the two. */
  @Test
  void memoryFileIsThatOfOneDomain() {
    String external =
        SNAPSHOT.replaceFirst("<domain ", "<memory snapshot='external' file='/m'/><domain ");
    SnapshotArchive archive =
        SnapshotArchive.parse(
            text("1", "", SNAPSHOT, external.replaceFirst("<name>web01<", "<name>memory<")));

    String refusal =
        "the snapshots \"memory\" have a memory file, which contains the name \"web01\" and the"
            + " UUID "
            + UUID
            + ": libvirt refuses to revert another domain to it; leave these snapshots out with"
            + " without(), or define the domain with that name and UUID";
    assertEquals(
        refusal,
        assertThrows(IllegalArgumentException.class, () -> archive.forDomain("web01", OTHER_UUID))
            .getMessage());
    assertEquals(
        refusal,
        assertThrows(IllegalArgumentException.class, () -> archive.forDomain("web02", UUID))
            .getMessage());
    assertEquals(archive, archive.forDomain("web01", UUID));
    assertEquals(
        List.of("web01"), archive.without("memory").forDomain("web02", OTHER_UUID).names());
  }

  @ParameterizedTest
  @CsvSource({
    "'', web01, the UUID is \"\"",
    "5C58BCFF-5b4c-4d3b-b3b1-5a5b6c7d8e9, web01, the UUID is \"5C58",
    "5c58bcff-5b4c-4d3b-b3b1-5a5b6c7d8e9f, '', name is empty",
  })
  void malformedIdentityIsRefused(String uuid, String name, String message) {
    SnapshotArchive archive = SnapshotArchive.parse(text("1", ""));

    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> archive.forDomain(name, uuid));

    assertTrue(refused.getMessage().startsWith(message), refused.getMessage());
  }

  @Test
  void upperCaseUuidIsThatOfTheDomain() {
    SnapshotArchive archive = SnapshotArchive.parse(text("1", "", SNAPSHOT));

    assertEquals(archive, archive.forDomain("web01", UUID.toUpperCase(Locale.ROOT)));
  }

  private static String refusal(String text) {
    return assertThrows(IllegalArgumentException.class, () -> SnapshotArchive.parse(text))
        .getMessage();
  }

  private static void assertRefused(String reason, String text) {
    String message = refusal(text);
    assertTrue(message.startsWith(reason), message);
    assertTrue(
        message.endsWith("; pass the whole text that SnapshotArchive.toText() returned, unchanged"),
        message);
  }

  @Test
  void textThatIsNoArchiveIsRefused() {
    String valid = text("1", "<current>web01</current>", SNAPSHOT);
    assertEquals(Optional.of("web01"), SnapshotArchive.parse(valid).current());

    assertRefused("libvirt's XML cannot be read: ", "");
    assertRefused("libvirt's XML cannot be read: ", valid.substring(0, valid.length() / 2));
    assertRefused("libvirt's XML cannot be read: ", "<!DOCTYPE a>" + valid);
    assertRefused("the text is not an archive: it is a \"domain\"", "<domain/>");
    assertRefused("the name of the domain is missing", valid.replaceFirst("web01", ""));
    assertRefused("the current snapshot \"a\\nb\" is not", text("1", "<current>a\nb</current>"));
    assertRefused("the snapshot \"web01\" occurs twice", text("1", "", SNAPSHOT, SNAPSHOT));
    assertRefused("a snapshot has no name", text("1", "", "<domainsnapshot/>"));
    assertRefused(
        "libvirt's XML has no state of a snapshot",
        text("1", "", "<domainsnapshot><name>a</name></domainsnapshot>"));
    assertRefused(
        "the snapshot \"web01\" is of the domain with UUID \"" + OTHER_UUID,
        text("1", "", SNAPSHOT.replace(UUID, OTHER_UUID)));
    assertTrue(refusal(valid.replaceFirst(UUID, "x")).startsWith("the UUID is \"x\""));
    assertEquals(
        "format is \"2\", and this release reads format 1; read the text with the release that"
            + " wrote it, or with a newer release",
        refusal(text("2", "")));
    assertThrows(NullPointerException.class, () -> SnapshotArchive.parse(null));
  }

  @Test
  void childBeforeItsParentIsRefused() {
    String child =
        SNAPSHOT.replaceFirst(
            "<name>web01</name>", "<name>child</name><parent><name>web01</name></parent>");

    assertEquals(
        List.of("web01", "child"), SnapshotArchive.parse(text("1", "", SNAPSHOT, child)).names());
    assertRefused(
        "the snapshot \"child\" is not after its parent \"web01\"", text("1", "", child, SNAPSHOT));
    assertRefused("the snapshot \"child\" is not after its parent \"web01\"", text("1", "", child));
  }

  /** Returns the archive with a change in the definitions of the metadata. */
  private static SnapshotArchive changed(String from, String to) throws LibvirtException {
    String text = SampleArchive.read().toText();
    assertTrue(text.contains(from), text);
    return SnapshotArchive.parse(text.replace(from, to));
  }

  @ParameterizedTest
  @CsvSource({
    "x86_64, aarch64, architecture \"x86_64\" instead of \"aarch64\"",
    "machine=\"pc\", machine=\"q35\", machine type \"pc-i440fx\" instead of \"pc-q35\"",
    "dev=\"vda\", dev=\"sda\", disks \"vda\" instead of \"sda\"",
  })
  void anotherMachineIsRefused(String from, String to, String difference) throws Exception {
    FakeLibvirt other = SampleArchive.otherHost();

    ArchivePlan plan = plan(other, changed(from, to));

    assertEquals(
        List.of(
            "the domain is another machine than that of the snapshots: "
                + difference
                + "; define it from the XML of the original domain; if that changed after its last"
                + " snapshot, define it from the XML in a snapshot, restore, and then define it as"
                + " it is now"),
        plan.refusals());
    assertThrows(ArchiveException.class, () -> restore(other, changed(from, to)));
    assertEquals(0, count(other));
  }

  /** Returns the archive of a domain whose disk was on an overlay when the archive was read. */
  private static SnapshotArchive onOverlay() throws LibvirtException {
    return changed("<disk image=\"" + IMAGE + "\"", "<disk image=\"/images/web01.base\"");
  }

  private static SnapshotArchive withExternal(SnapshotArchive archive) {
    String text = archive.toText();
    String external =
        text.replaceFirst(
            "<disk name=\"vda\" snapshot=\"internal\">",
            "<disk name=\"vda\" snapshot=\"external\"><source file=\"/images/web01.base\"></source>");
    assertNotEquals(text, external);
    return SnapshotArchive.parse(external);
  }

  @Test
  void diskOnImageBeneathItsOverlayIsRefused() throws Exception {
    FakeLibvirt other = SampleArchive.otherHost();
    SnapshotArchive archive = withExternal(onOverlay());

    ArchiveException refused = assertThrows(ArchiveException.class, () -> restore(other, archive));

    assertEquals(
        List.of(
            "disk vda of the domain is on \""
                + IMAGE
                + "\", which contains the external snapshot \"base\", and was on"
                + " \"/images/web01.base\" when the archive was read: the guest would lose the data"
                + " since then, and damage that snapshot and its overlay; define the domain with"
                + " \"/images/web01.base\" first (virsh edit web01); to keep the disk as it is, leave"
                + " out the external snapshots with without()"),
        refused.plan().refusals());
    assertEquals(0, count(other));
    assertEquals(List.of(), plan(other, archive.without("base")).refusals());
  }

  @Test
  void diskOnAnotherImageIsNamed() throws Exception {
    SnapshotArchive archive = onOverlay();
    assertEquals(archive, SnapshotArchive.parse(archive.toText()));
    assertNotEquals(archive, SampleArchive.read());

    ArchivePlan plan = plan(SampleArchive.otherHost(), archive);

    assertEquals(List.of(), plan.refusals());
    assertEquals(
        "whether disk vda, which is on \""
            + IMAGE
            + "\", has the content that it had on \"/images/web01.base\" when the archive was read",
        plan.unknowns().get(0));
  }

  /** An internal revert can leave a domain on an image that an external snapshot is based on. */
  @Test
  void diskOnItsImageIsNotRefused() throws Exception {
    ArchivePlan plan = plan(SampleArchive.otherHost(), withExternal(SampleArchive.read()));

    assertEquals(List.of(), plan.refusals());
    assertEquals(1, plan.unknowns().size());
  }

  @Test
  void textWithoutImagesIsNotCompared() throws Exception {
    SnapshotArchive archive = changed("<disk image=\"" + IMAGE + "\" target=\"vda\"></disk>\n", "");

    ArchivePlan plan = plan(SampleArchive.otherHost(), withExternal(archive));

    assertEquals(List.of(), plan.refusals());
    assertEquals(1, plan.unknowns().size());
  }

  @Test
  void machineOfAnotherVersionFits() throws Exception {
    SnapshotArchive newer = changed("machine=\"pc\"", "machine=\"pc-i440fx-7.2\"");

    assertEquals(List.of(), plan(SampleArchive.otherHost(), newer).refusals());
  }

  @Test
  void closedDomainIsRefused() throws Exception {
    SnapshotArchive archive = SampleArchive.read();
    try (Connect connect = SampleArchive.otherHost().connect()) {
      Domain domain = connect.domainLookupByName(SampleArchive.DOMAIN);
      domain.close();

      assertThrows(IllegalStateException.class, () -> archive.restoreTo(domain));
      assertThrows(IllegalStateException.class, () -> SnapshotArchive.of(domain));
    }
  }

  /** Another program deletes and takes snapshots after libvirt has listed them. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void snapshotsThatChangeDuringReadingAreAnError(boolean deleted) throws Exception {
    FakeLibvirt libvirt = new FakeLibvirt();
    FakeDomain fake = libvirt.addDomain(SampleArchive.DOMAIN, DomainState.RUNNING);
    fake.addSnapshot("parent", DomainState.RUNNING).addSnapshot("child", DomainState.RUNNING);
    LibvirtLibrary original = libvirt.library();
    LibvirtLibrary changing = mock(LibvirtLibrary.class, delegatesTo(original));
    AtomicBoolean changed = new AtomicBoolean();
    doAnswer(
            call -> {
              DomainSnapshotPointer snapshot = call.getArgument(0);
              OwnedString xml = original.virDomainSnapshotGetXMLDesc(snapshot, 0);
              if (changed.compareAndSet(false, true)) {
                if (deleted) {
                  original.virDomainSnapshotDelete(snapshot, 0);
                } else {
                  fake.addSnapshot("late", DomainState.RUNNING);
                }
              }
              return xml;
            })
        .when(changing)
        .virDomainSnapshotGetXMLDesc(any(), anyInt());
    try (Connect connect = new Connect(changing, "fake:///");
        Domain domain = connect.domainLookupByName(SampleArchive.DOMAIN)) {
      assertEquals(
          "the snapshots of domain \"web01\" changed while they were read, or their XML does not"
              + " match libvirt's list; call this method again",
          assertThrows(LibvirtException.class, () -> SnapshotArchive.of(domain)).getMessage());
    }
  }

  @Test
  void planNamesEverythingEscaped() {
    ArchivePlan plan =
        new ArchivePlan(
            "a\nb",
            List.of("c\nd"),
            List.of("e"),
            List.of("f"),
            Optional.of("c\nd"),
            List.of("g"),
            List.of("h"));

    assertEquals(
        """
        restore snapshots of domain "a\\nb"
        to add:
          "c\\nd"
        present:
          "e"
        others:
          "f"
        becomes current:
          "c\\nd"
        refusals:
          g
        unknowns:
          h\
        """,
        plan.toString());
  }

  @Test
  void exceptionIsCompleteAfterSerialization() throws Exception {
    FakeLibvirt other = SampleArchive.otherHost();
    SnapshotArchive archive = changed("x86_64", "aarch64");
    ArchiveException original = assertThrows(ArchiveException.class, () -> restore(other, archive));

    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(original);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      ArchiveException copy = (ArchiveException) in.readObject();

      assertEquals(original.plan(), copy.plan());
      assertEquals(original.notAdded(), copy.notAdded());
      assertEquals(original.getMessage(), copy.getMessage());
      assertEquals(ErrorNumber.VIR_ERR_OK, copy.getError().getCode());
    }
  }
}
