package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.common.xml.XmlEscapers;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotXmlFlag;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names with control characters, quotes and markup, and extreme XML, on libvirt's test driver. */
class HostileInputIT extends OnTestDriver {
  /** Names that libvirt accepts for domains and snapshots. */
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

  /** Names that libvirt's test driver accepts for snapshots. */
  static Stream<String> snapshotNames() {
    return Stream.concat(names(), Stream.of("new\nline", "../../etc/passwd", "a/b"));
  }

  private static String escape(String name) {
    return XmlEscapers.xmlContentEscaper().escape(name);
  }

  private static String domainXml(String name) {
    return Guests.testXml(escape(name));
  }

  @ParameterizedTest
  @MethodSource("names")
  void domainNameIsPreserved(String name) throws LibvirtException {
    try (Domain hostile = connect.domainDefineXML(domainXml(name));
        Domain found = connect.domainLookupByName(name)) {
      assertEquals(name, found.getName());
      assertRevertsTo("clean", found);
      hostile.undefine(DomainUndefineFlag.SNAPSHOTS_METADATA);
    }
  }

  @ParameterizedTest
  @MethodSource("snapshotNames")
  void snapshotNameIsPreserved(String name) throws LibvirtException {
    assertRevertsTo(name, domain);
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      snapshot.delete();
    }
  }

  private static void assertRevertsTo(String snapshot, Domain domain) throws LibvirtException {
    Guests.take(domain, escape(snapshot));
    assertArrayEquals(new String[] {snapshot}, domain.snapshotListNames());
    Guests.bringTo(domain, DomainState.SHUTOFF);
    try (LogRecorder log = new LogRecorder(SnapshotReverter.class)) {
      RevertReport report =
          SnapshotReverter.of(domain)
              .to(snapshot)
              .withJournal(intent -> assertEquals(intent, RevertIntent.parse(intent.toText())))
              .revert();

      assertEquals(domain.getName(), report.domain());
      assertEquals(snapshot, report.snapshot());
      assertEquals(2, log.lines().size());
      for (String line : log.lines()) {
        assertTrue(line.codePoints().noneMatch(HostileInputIT::canForgeLogLine), line);
      }
    }
  }

  private static boolean canForgeLogLine(int codePoint) {
    return Character.isISOControl(codePoint) || codePoint == 0x2028 || codePoint == 0x202e;
  }

  @ParameterizedTest
  @ValueSource(strings = {"new\nline", "", "../../etc/passwd"})
  void domainNameThatLibvirtRefusesThrowsLibvirtException(String name) {
    assertThrows(LibvirtException.class, () -> connect.domainDefineXML(domainXml(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "new\nline", "esc\u001b[2J", "no such snapshot"})
  void unknownSnapshotNameIsEscapedInMessage(String name) {
    NoSuchSnapshotException e =
        assertThrows(NoSuchSnapshotException.class, () -> domain.snapshotLookupByName(name));
    assertTrue(e.getMessage().contains("'" + LogEscaper.escape(name) + "'"), e.getMessage());
    assertTrue(e.getError().getMessage().contains("'" + name + "'"), e.getError().getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not XML",
        "<domainsnapshot>",
        "<domain/>",
        "<domainsnapshot><name>a</domainsnapshot>"
      })
  void malformedXmlIsRefused(String xml) throws LibvirtException {
    assertThrows(LibvirtException.class, () -> domain.snapshotCreateXML(xml));
    assertEquals(0, domain.snapshotNum());
  }

  @Test
  void hugeDescriptionIsAccepted() throws LibvirtException {
    String description = "x".repeat(9_000_000);
    try (DomainSnapshot snapshot =
        domain.snapshotCreateXML(
            "<domainsnapshot><name>huge</name><description>"
                + description
                + "</description></domainsnapshot>")) {
      assertTrue(snapshot.getXMLDesc().contains(description));
      Guests.bringTo(domain, DomainState.SHUTOFF);
      assertEquals("huge", SnapshotReverter.of(domain).to("huge").revert().snapshot());
      snapshot.delete();
    }
  }

  @Test
  void xmlAboveRpcLimitIsRefusedAndConnectionStaysUsable() throws IOException, LibvirtException {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started();
        Connect remote = new Connect(libvirtd.uri("test+unix:///default"));
        Domain remoteDomain = remote.domainLookupByName("test")) {
      LibvirtException e =
          assertThrows(
              LibvirtException.class,
              () ->
                  remoteDomain.snapshotCreateXML(
                      "<!--" + "x".repeat(40_000_000) + "--><domainsnapshot/>"));
      assertEquals(ErrorNumber.VIR_ERR_RPC, e.getError().getCode());
      assertEquals(0, remoteDomain.snapshotNum(), "the connection still works");
    }
  }

  @Test
  void externalEntityDoesNotReadFile(@TempDir Path directory) throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "s3cret");
    String dtd = "<!DOCTYPE d [<!ENTITY e SYSTEM \"" + secret.toUri() + "\">]>";
    String xml = dtd + "<domainsnapshot><description>&e;</description></domainsnapshot>";
    try (DomainSnapshot snapshot = domain.snapshotCreateXML(xml)) {
      assertFalse(snapshot.getXMLDesc().contains("s3cret"));
      snapshot.delete();
    }
  }

  @Test
  void nestedEntitiesAreRefused() throws LibvirtException {
    StringBuilder dtd = new StringBuilder("<!DOCTYPE d [<!ENTITY e0 \"lol\">");
    for (int i = 1; i < 30; i++) {
      dtd.append("<!ENTITY e%d \"&e%d;&e%d;&e%d;&e%d;\">".formatted(i, i - 1, i - 1, i - 1, i - 1));
    }
    String xml = dtd + "]><domainsnapshot><description>&e29;</description></domainsnapshot>";
    assertThrows(LibvirtException.class, () -> domain.snapshotCreateXML(xml));
  }

  /** Metadata of a domain that libvirt accepts from a tenant. */
  static Stream<Arguments> metadata() {
    StringBuilder attributes = new StringBuilder("<m:e xmlns:m='urn:m'");
    for (int i = 0; i < 10_500; i++) {
      attributes.append(" a").append(i).append("='v'");
    }
    String longName = "m:" + "n".repeat(1_500);
    return Stream.of(
        arguments("a long name", "<" + longName + " xmlns:m='urn:m'/>"),
        arguments("many attributes", attributes + "/>"),
        arguments(
            "257 levels, the most that libvirt reads",
            "<m:e xmlns:m='urn:m'>" + "<e>".repeat(254) + "</e>".repeat(254) + "</m:e>"),
        arguments("a long text", "<m:e xmlns:m='urn:m'>" + "x".repeat(9_000_000) + "</m:e>"),
        arguments(
            "names of the fifth edition of XML 1.0",
            "<m:\u0220 xmlns:m='urn:m' \u0220='1' q:\u0220='2'><q:\ud801\udc00/><:y/>"
                + "a\u007fb\u0085c\u009bd\u2028e<![CDATA[\u0085]]><!-- \u009b --></m:\u0220>"),
        arguments("many elements", "<m:e xmlns:m='urn:m'>" + "<e/>".repeat(8_000) + "</m:e>"),
        arguments(
            "long names on many levels with many attributes",
            "<m:e xmlns:m='urn:m'>"
                + ("<" + "n".repeat(1_000) + ">").repeat(100)
                + attributes
                + "/>"
                + ("</" + "n".repeat(1_000) + ">").repeat(100)
                + "</m:e>"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("metadata")
  @Timeout(300)
  void tenantMetadataDoesNotAffectPlanOrRevert(String description, String metadata)
      throws LibvirtException {
    String plain = domainXml("tenant");
    String xml = plain.replace("<os>", "<metadata>" + metadata + "</metadata><os>");
    try (Domain tenant = connect.domainDefineXML(xml)) {
      tenant.create();
      Guests.take(tenant, "clean");
      tenant.destroy();
      connect
          .domainDefineXML(
              plain.replace("</name>", "</name><uuid>" + tenant.getUUIDString() + "</uuid>"))
          .close();
      SnapshotReverter reverter = SnapshotReverter.of(tenant).to("clean");

      RevertPlan plan = reverter.plan();
      assertTrue(plan.matchesTarget(), description);
      assertTrue(
          plan.configurationChanges().stream()
              .anyMatch(change -> change.path().startsWith("metadata")),
          plan.configurationChanges().toString());
      assertTrue(plan.toString().length() < 10_000);
      RevertReport report = reverter.withSafetySnapshot().revert();
      assertEquals(DomainState.RUNNING, report.after().state());

      tenant.destroy();
      tenant.undefine(DomainUndefineFlag.SNAPSHOTS_METADATA);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 1, Long.MAX_VALUE})
  void extremeCreationTimeDoesNotAffectRevert(long creationTime) throws LibvirtException {
    Guests.take(domain, "clean");
    Guests.bringTo(domain, DomainState.SHUTOFF);
    String xml;
    try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      xml =
          snapshot
              .getXMLDesc(SnapshotXmlFlag.SECURE)
              .replaceFirst("<creationTime>[0-9]+", "<creationTime>" + creationTime);
      snapshot.delete();
    }
    try (DomainSnapshot snapshot = domain.snapshotCreateXML(xml, SnapshotCreateFlag.REDEFINE)) {
      assertEquals(Optional.of(creationTime), SnapshotDetails.of(snapshot).creationTime());
      SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean");
      assertTrue(reverter.plan().matchesTarget());
      assertEquals("clean", reverter.guarded().revert().snapshot());
      snapshot.delete();
    }
  }
}
