package io.github.libvirtsnapshot.xml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ways to read libvirt's XML. */
class XmlNodeTest {
  private static final XmlNode DOMAIN =
      XmlNode.parse(
          """
          <domain type='qemu' xmlns:q='urn:q'>
            <name> web01 </name>
            <os><type arch='x86_64'>hvm</type></os>
            <devices>
              <disk device='cdrom'><target dev='sda'/></disk>
              <disk><target dev='vda'/></disk>
              <q:disk/>
            </devices>
          </domain>
          """);

  @ParameterizedTest
  @CsvSource({
    "name, web01",
    "os/type, hvm",
    "os/type/@arch, x86_64",
    "@type, qemu",
    "devices/disk/target/@dev, sda",
    "devices/disk/@device, cdrom",
    "os, hvm",
    "type, ''",
    "os/type/@machine, ''",
    "os/loader/@type, ''",
    "@xmlns:q, urn:q",
  })
  void aPathLeadsToATextOrAnAttribute(String path, String text) {
    assertEquals(text, DOMAIN.text(path));
  }

  @Test
  void elementsAreFoundInTheirOrder() {
    List<XmlNode> disks = DOMAIN.all("devices/disk");
    assertEquals(2, disks.size());
    assertEquals("vda", disks.get(1).text("target/@dev"));
    assertEquals(
        List.of("q:disk"), DOMAIN.all("devices/q:disk").stream().map(XmlNode::name).toList());
    assertEquals(Optional.empty(), DOMAIN.first("devices/interface"));
    assertTrue(DOMAIN.first("devices/disk/target").isPresent());
    assertEquals("{type=qemu, xmlns:q=urn:q}", DOMAIN.attributes().toString());
  }

  @Test
  void theSameElementIndentedDifferentlyHasTheSameXml() {
    String flat = "<a c=\"&quot;&lt;\" b='x'><b>1 &lt; 2</b>text<c/></a>";
    String indented =
        "<r>\n  <a b='x'\n c='\"&lt;'>\n <b> 1 &lt; 2 </b>\n text\n <c> </c>\n</a>\n</r>";

    assertEquals(XmlNode.parse(flat).xml(), XmlNode.parse(indented).first("a").orElseThrow().xml());
    assertEquals(
        "<a b=\"x\" c=\"&quot;&lt;\"><b>1 &lt; 2</b>text<c></c></a>", XmlNode.parse(flat).xml());
    assertFalse(XmlNode.parse("<a>1</a>").xml().equals(XmlNode.parse("<a b='1'/>").xml()));
  }

  /** What libvirt takes as metadata, and hands out. */
  static Stream<String> extremes() {
    StringBuilder attributes = new StringBuilder("<e");
    for (int i = 0; i < 10_500; i++) {
      attributes.append(" a").append(i).append("='v'");
    }
    return Stream.of(
        "<" + "n".repeat(1_500) + "/>",
        attributes + "/>",
        "<e>".repeat(200) + "</e>".repeat(200),
        "<e>" + "x&lt;".repeat(1_800_000) + "</e>",
        "<e/>".repeat(80_000));
  }

  @ParameterizedTest
  @MethodSource("extremes")
  @Timeout(60)
  void whatLibvirtTakesIsRead(String metadata) {
    String xml = "<domainsnapshot>" + metadata + "<state>running</state></domainsnapshot>";

    assertEquals(Optional.of("running"), XmlStream.childText(xml, "state"));
    assertEquals("running", XmlNode.parse(xml).text("state"));
  }

  /** Names of the fifth edition of XML 1.0, which libvirt takes too, and what they are beside. */
  static Stream<Arguments> fifthEdition() {
    return Stream.of(
        arguments("<m:\u0220 xmlns:m='urn:m'>a</m:\u0220>", "a"),
        arguments("<m:\ud801\udc00 xmlns:m='urn:m'>a</m:\ud801\udc00>", "a"),
        arguments("<n x\u203f='1' q:\u0220='2'>a</n>", "a"),
        arguments("<\u0220:n xmlns:\u0220='urn:m'><q:x/><:y/>a</\u0220:n>", "a"),
        arguments(
            "<\u0220>a\u007fb\u0085c\u009bd\u2028e</\u0220>", "a\u007fb\u0085c\u009bd\u2028e"),
        arguments("<\u0220><![CDATA[<\u0085&]]>a</\u0220>", "<\u0085&a"),
        arguments("<\u0220>a<!-- \u009b --><?p \u009b?>b</\u0220>", "ab"),
        arguments("<\u0220 x='a&#x85;b'>a</\u0220>", "a"),
        arguments("<" + "n\u0220".repeat(20_000) + "/>", ""),
        arguments("<\u0220>".repeat(200) + "a" + "</\u0220>".repeat(200), "a"));
  }

  @ParameterizedTest
  @MethodSource("fifthEdition")
  @Timeout(60)
  void namesOfTheFifthEditionAreRead(String metadata, String text) {
    for (String declaration : List.of("", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")) {
      XmlNode read =
          XmlNode.parse(declaration + "<domain><metadata>" + metadata + "</metadata></domain>");
      assertEquals(text, read.text("metadata"));
    }
  }

  @Test
  void aDocumentReadForItsNamesIsWhatItWas() {
    XmlNode read = XmlNode.parse("<d><m:\u0220 b='a&#x85;b&lt;' a='1'>x<c/></m:\u0220></d>");

    assertEquals("<d><m:\u0220 a=\"1\" b=\"a\u0085b&lt;\">x<c></c></m:\u0220></d>", read.xml());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no XML",
        "<domainsnapshot>",
        "<a/><b/>",
        "<!DOCTYPE d><domainsnapshot/>",
        "<!DOCTYPE d><\u0220/>",
        "<!DOCTYPE d [<!ENTITY e 'x'>]><domainsnapshot><state>&e;</state></domainsnapshot>"
      })
  void whatLibvirtNeverWritesIsRefusedInFewWords(String xml) {
    UnreadableXmlException refused =
        assertThrows(UnreadableXmlException.class, () -> XmlNode.parse(xml + "\n".repeat(1000)));
    assertTrue(refused.getMessage().length() < 150, refused.getMessage());
    assertTrue(refused.getMessage().chars().allMatch(c -> c >= ' '), refused.getMessage());
    assertThrows(UnreadableXmlException.class, () -> XmlStream.childText(xml, "state"));
  }

  @Test
  void onlyAChildOfTheRootCounts() {
    assertEquals(
        Optional.of("b"),
        XmlStream.childText("<state><x><state>a</state></x><state>b</state></state>", "state"));
    assertEquals(Optional.empty(), XmlStream.childText("<state>a</state>", "state"));
  }

  @Test
  void whatComesAfterwardsIsNotRead() {
    assertEquals(Optional.of("b"), XmlStream.childText("<a><state>b</state><broken", "state"));
  }
}
