package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.ErrorNumber;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names and XML that nobody in their right mind would use, on libvirt's test driver. */
class HostileInputIT {
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void open() throws LibvirtException {
    connect = new Connect("test:///default");
    domain = connect.domainLookupByName("test");
  }

  @AfterEach
  void close() {
    domain.close();
    connect.close();
  }

  /** Names that libvirt takes for a domain as well as for a snapshot. */
  static Stream<String> names() {
    return Stream.of(
        "it's \"quoted\" `twice`",
        "<state>running<!-- &amp;",
        "\u202egnissab\u2028next line",
        "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 größe 漢字",
        "%s%n{0}${jndi:ldap:x}\\",
        " leading and trailing ",
        "esc\u009b2J",
        "x".repeat(4096));
  }

  /** Names that libvirt's test driver takes for a snapshot only. */
  static Stream<String> snapshotNames() {
    return Stream.concat(names(), Stream.of("new\nline", "../../etc/passwd", "a/b"));
  }

  private static String escape(String name) {
    return XmlEscapers.xmlContentEscaper().escape(name);
  }

  private static String domainXml(String name) {
    return "<domain type='test'><name>"
        + escape(name)
        + "</name><memory>1024</memory><os><type>hvm</type></os></domain>";
  }

  @ParameterizedTest
  @MethodSource("names")
  void aDomainsNameComesBackAsItWas(String name) throws LibvirtException {
    try (Domain hostile = connect.domainDefineXML(domainXml(name));
        Domain found = connect.domainLookupByName(name)) {
      assertEquals(name, found.getName());
      assertRevertsTo("plain", found);
      hostile.undefine(DomainUndefineFlag.SNAPSHOTS_METADATA);
    }
  }

  @ParameterizedTest
  @MethodSource("snapshotNames")
  void aSnapshotsNameComesBackAsItWas(String name) throws LibvirtException {
    assertRevertsTo(name, domain);
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      snapshot.delete();
    }
  }

  private static void assertRevertsTo(String snapshot, Domain domain) throws LibvirtException {
    Guests.take(domain, escape(snapshot));
    assertArrayEquals(new String[] {snapshot}, domain.snapshotListNames());
    try (LogRecorder log = new LogRecorder(SnapshotReverter.class)) {
      RevertReport report = SnapshotReverter.of(domain).to(snapshot).revert();

      assertEquals(domain.getName(), report.domain());
      assertEquals(snapshot, report.snapshot());
      assertEquals(2, log.lines().size());
      for (String line : log.lines()) {
        assertTrue(line.codePoints().noneMatch(HostileInputIT::forgesLines), line);
      }
    }
  }

  private static boolean forgesLines(int codePoint) {
    return Character.isISOControl(codePoint) || codePoint == 0x2028 || codePoint == 0x202e;
  }

  @ParameterizedTest
  @ValueSource(strings = {"new\nline", "", "../../etc/passwd"})
  void aDomainsNameThatLibvirtRefusesIsItsErrorToReport(String name) {
    assertThrows(LibvirtException.class, () -> connect.domainDefineXML(domainXml(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "new\nline", "esc\u001b[2J", "no such snapshot"})
  void aNameThatNobodyHasIsNotFound(String name) {
    NoSuchSnapshotException e =
        assertThrows(NoSuchSnapshotException.class, () -> domain.snapshotLookupByName(name));
    assertTrue(e.getMessage().contains("'" + LogText.escape(name) + "'"), e.getMessage());
    assertTrue(e.getError().getMessage().contains("'" + name + "'"), e.getError().getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no XML",
        "<domainsnapshot>",
        "<domain/>",
        "<domainsnapshot><name>a</domainsnapshot>"
      })
  void brokenXmlIsRefused(String xml) throws LibvirtException {
    assertThrows(LibvirtException.class, () -> domain.snapshotCreateXML(xml));
    assertEquals(0, domain.snapshotNum());
  }

  @Test
  void hugeXmlIsTaken() throws LibvirtException {
    String description = "x".repeat(9_000_000);
    try (DomainSnapshot snapshot =
        domain.snapshotCreateXML(
            "<domainsnapshot><name>huge</name><description>"
                + description
                + "</description></domainsnapshot>")) {
      assertTrue(snapshot.getXMLDesc().contains(description));
      assertEquals("huge", SnapshotReverter.of(domain).to("huge").revert().snapshot());
      snapshot.delete();
    }
  }

  @Test
  void hugeXmlIsTooMuchForARemoteConnection() throws IOException, LibvirtException {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started();
        Connect remote = new Connect(libvirtd.uri("test+unix:///default"));
        Domain far = remote.domainLookupByName("test")) {
      LibvirtException e =
          assertThrows(
              LibvirtException.class,
              () ->
                  far.snapshotCreateXML("<!--" + "x".repeat(40_000_000) + "--><domainsnapshot/>"));
      assertEquals(ErrorNumber.VIR_ERR_RPC, e.getError().getCode());
      assertEquals(0, far.snapshotNum(), "the connection still works");
    }
  }

  @Test
  void anEntityOfADtdReadsNoFile(@TempDir Path directory) throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "s3cret");
    String dtd = "<!DOCTYPE d [<!ENTITY e SYSTEM \"" + secret.toUri() + "\">]>";
    String xml = dtd + "<domainsnapshot><description>&e;</description></domainsnapshot>";
    try (DomainSnapshot snapshot = domain.snapshotCreateXML(xml)) {
      assertFalse(snapshot.getXMLDesc().contains("s3cret"));
      snapshot.delete();
    }
  }

  @Test
  void entitiesDoNotMultiply() throws LibvirtException {
    StringBuilder dtd = new StringBuilder("<!DOCTYPE d [<!ENTITY e0 \"lol\">");
    for (int i = 1; i < 30; i++) {
      dtd.append("<!ENTITY e%d \"&e%d;&e%d;&e%d;&e%d;\">".formatted(i, i - 1, i - 1, i - 1, i - 1));
    }
    String xml = dtd + "]><domainsnapshot><description>&e29;</description></domainsnapshot>";
    assertThrows(LibvirtException.class, () -> domain.snapshotCreateXML(xml));
  }
}
