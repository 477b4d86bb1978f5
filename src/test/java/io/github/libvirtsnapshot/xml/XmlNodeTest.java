package io.github.libvirtsnapshot.xml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.libvirtsnapshot.Allocation;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests reading complete documents and only their beginning. */
class XmlNodeTest {
  private static final int BYTES_PER_CHARACTER = 100;

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
  void textReturnsElementTextOrAttribute(String path, String text) {
    assertEquals(text, DOMAIN.text(path));
  }

  @Test
  void elementsAreReturnedInDocumentOrder() {
    List<XmlNode> disks = DOMAIN.all("devices/disk");
    assertEquals(2, disks.size());
    assertEquals("vda", disks.get(1).text("target/@dev"));
    assertEquals(
        List.of("q:disk"), DOMAIN.all("devices/q:disk").stream().map(XmlNode::name).toList());
    assertEquals(Optional.empty(), DOMAIN.first("devices/interface"));
    assertTrue(DOMAIN.first("devices/disk/target").isPresent());
    assertEquals("{type=qemu, xmlns:q=urn:q}", DOMAIN.attributes().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<a>  x &amp; y &lt;\n  z </a>",
        "<a b='&quot;&#10;&#9;&#13;&lt;&amp;' xmlns:q='urn:q'> <q:b/>\n\t<c> d </c> e </a>",
        "<a>line&#13;\n\ud83d\ude00</a>",
        "<a><![CDATA[<b>]]></a>",
        "<\u0d96>\u0085</\u0d96>",
      })
  void exactXmlIsReadAsSameElement(String xml) {
    XmlNode read = XmlNode.parse(xml);

    assertEquals(read, XmlNode.parse(read.exactXml()));
    assertEquals(read.exactXml(), XmlNode.parse(read.exactXml()).exactXml());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<a> <!-- b &amp; \u00e4\ud83d\ude00 --> x<?p  y z ?><b><?q?></b><!----></a>",
        "<\u0220><!-- b --> x<?p y?></\u0220>",
      })
  void commentsAndProcessingInstructionsAreKept_onlyIfRequested(String xml) {
    XmlNode read =
        XmlNode.parseWithComments("<?xml version='1.0'?><!-- a -->" + xml + "<!-- z -->");

    assertEquals(xml.replace("<?p  ", "<?p "), read.exactXml());
    assertEquals(read, XmlNode.parseWithComments(read.exactXml()));
    assertEquals("x", read.text());
    assertEquals(XmlNode.parse(xml).text(), read.text());
    assertFalse(XmlNode.parse(xml).exactXml().contains("<!"));
    assertFalse(XmlNode.parse(xml).exactXml().contains("<?"));
  }

  @Test
  void changedElementsKeepTheirPlaceAndAttributes() {
    XmlNode domain = XmlNode.parse("<d> <name>a</name> <os x='y'><type/>hvm</os> </d>");

    assertEquals(
        "<d> <name>b</name> <os x=\"y\"><type></type>hvm</os> </d>",
        domain
            .mapChildren(child -> child.name().equals("name") ? child.withText("b") : child)
            .exactXml());
    assertEquals(
        "<os x=\"y\">&lt;</os>", domain.first("os").orElseThrow().withText("<").exactXml());
    assertEquals(
        "<name>a&#xD;&#228;&#128512;</name>",
        XmlNode.ofText("name", "a\r\u00e4\ud83d\ude00").exactXml());
  }

  @Test
  void otherChildrenAndTheirTextsStay() {
    XmlNode node = XmlNode.parse("<a x='y'> 1 <b/> 2 <c/> 3 <b/> 4 <d/> 5 </a>");

    assertEquals("<a x=\"y\"> 1 <c></c> 3 <d></d> 5 </a>", node.withoutChildren("b").exactXml());
    assertEquals(node, node.withoutChildren("x"));
  }

  @Test
  void xmlIgnoresIndentation() {
    String flat = "<a c=\"&quot;&lt;\" b='x'><b>1 &lt; 2</b>text<c/></a>";
    String indented =
        "<r>\n  <a b='x'\n c='\"&lt;'>\n <b> 1 &lt; 2 </b>\n text\n <c> </c>\n</a>\n</r>";

    assertEquals(XmlNode.parse(flat).xml(), XmlNode.parse(indented).first("a").orElseThrow().xml());
    assertEquals(
        "<a b=\"x\" c=\"&quot;&lt;\"><b>1 &lt; 2</b>text<c></c></a>", XmlNode.parse(flat).xml());
    assertFalse(XmlNode.parse("<a>1</a>").xml().equals(XmlNode.parse("<a b='1'/>").xml()));
  }

  /** Extreme metadata that libvirt accepts and returns. */
  static Stream<String> extremeMetadata() {
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
  @MethodSource("extremeMetadata")
  @Timeout(60)
  void extremeMetadataIsRead(String metadata) {
    String xml = "<domainsnapshot>" + metadata + "<state>running</state></domainsnapshot>";

    assertEquals("running", head(xml).text("state"));
    assertEquals("running", XmlNode.parse(xml).text("state"));
  }

  /**
   * Documents with names of the fifth edition of XML 1.0, which libvirt accepts, and their text.
   */
  static Stream<Arguments> fifthEditionNames() {
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
  @MethodSource("fifthEditionNames")
  @Timeout(60)
  void fifthEditionNamesAreRead(String metadata, String text) {
    for (String declaration : List.of("", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")) {
      XmlNode read =
          XmlNode.parse(declaration + "<domain><metadata>" + metadata + "</metadata></domain>");
      assertEquals(text, read.text("metadata"));
    }
  }

  @Test
  void xml11FallbackKeepsTheContent() {
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
  void invalidXmlIsRejectedWithShortMessage(String xml) {
    UnreadableXmlException rejected =
        assertThrows(UnreadableXmlException.class, () -> XmlNode.parse(xml + "\n".repeat(1000)));
    assertTrue(rejected.getMessage().length() < 250, rejected.getMessage());
    assertTrue(rejected.getMessage().chars().allMatch(c -> c >= ' '), rejected.getMessage());
    assertThrows(UnreadableXmlException.class, () -> head(xml));
  }

  /** libvirt accepts these characters in a description and returns them. */
  @ParameterizedTest
  @ValueSource(strings = {"\ufffe", "\uffff"})
  void forbiddenCharacterIsReplaced(String character) {
    String xml = "<domain><description>a" + character + "b</description></domain>";

    assertEquals("a\ufffdb", XmlNode.parse(xml).text("description"));
    assertEquals("a\ufffdb", head(xml).text("description"));
  }

  @Test
  void headEndsAtChildOfRoot() {
    XmlNode head = head("<s><x><domain>a</domain></x><domain id='1'><b/></domain><broken");

    assertEquals("<s><x><domain>a</domain></x><domain id=\"1\"></domain></s>", head.xml());
  }

  private static XmlNode head(String xml) {
    return XmlNode.parseUpTo(xml, "domain");
  }

  private static String nested(String name, int levels) {
    return ("<" + name + ">").repeat(levels) + ("</" + name + ">").repeat(levels);
  }

  /** The metadata of a domain have at most 257 levels, here in the XML of a snapshot. */
  @Test
  void levelsThatLibvirtWritesAreRead() {
    String xml = "<s><d><m>" + nested("e", 257) + "</m></d><state>running</state></s>";

    assertEquals("running", XmlNode.parse(xml).text("state"));
    assertEquals("running", head(xml).text("state"));
  }

  static Stream<Arguments> readers() {
    return Stream.of(
        arguments("a tree", (Consumer<String>) XmlNode::parse),
        arguments("a head", (Consumer<String>) XmlNodeTest::head));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("readers")
  void moreLevelsThanLibvirtWritesAreRejected(String what, Consumer<String> reader) {
    reader.accept("<state>" + nested("e", XmlLimits.LEVELS - 1) + "</state>");
    for (String xml :
        List.of(
            "<state>" + nested("e", XmlLimits.LEVELS) + "</state>",
            "<e>".repeat(1_000_000),
            nested("n".repeat(2_000), 1_000))) {
      UnreadableXmlException rejected =
          assertThrows(UnreadableXmlException.class, () -> reader.accept(xml));
      assertTrue(rejected.getMessage().contains("more than 512 levels"), rejected.getMessage());
      assertTrue(rejected.getMessage().length() < 250, rejected.getMessage());
    }
  }

  @Test
  void xml11FallbackHasTheSameLimitOfLevels() {
    String xml = nested("\u0220", XmlLimits.LEVELS + 1);

    UnreadableXmlException rejected =
        assertThrows(UnreadableXmlException.class, () -> XmlNode.parse(xml));

    assertTrue(rejected.getMessage().contains("more than 512 levels"), rejected.getMessage());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("readers")
  void errorMessageIsShortForAnyInput(String what, Consumer<String> reader) {
    String name = "n".repeat(1_000_000) + "\u202e";

    UnreadableXmlException rejected =
        assertThrows(
            UnreadableXmlException.class, () -> reader.accept("<" + name + " a='' a=''/>"));

    assertTrue(rejected.getMessage().length() < 250, rejected.getMessage());
    assertNull(rejected.getCause());
  }

  @Test
  void surrogatePairIsNotSplitInErrorMessage() {
    String shown = "x".repeat(59);
    UnreadableXmlException rejected =
        new UnreadableXmlException(shown + "\ud83d\ude00 and more", "state");

    assertTrue(rejected.getMessage().endsWith(": " + shown + "?..."), rejected.getMessage());
  }

  private static final int MANY = 50_000;

  /** Documents that a hostile server may return. */
  static Stream<Arguments> hostileDocuments() {
    String longName = "n".repeat(MANY);
    return Stream.of(
        arguments("levels", "<e>".repeat(MANY)),
        arguments(
            "a long path to many elements",
            "<s><" + longName + ">" + numbered("<e%d/>") + "</" + longName + "></s>"),
        arguments("many elements beside each other", "<s>" + numbered("<e%d/>") + "</s>"),
        arguments("attributes in falling order", "<s" + numbered(" a%d=''") + "/>"),
        arguments(
            "prefixes", "<s" + numbered(" xmlns:p%d='u'") + ">" + "<p1:e/>".repeat(MANY) + "</s>"),
        arguments("comments without an end", "<\u0220>" + "<!--".repeat(10 * MANY)),
        arguments("sections without an end", "<\u0220>" + "<![CDATA[".repeat(10 * MANY)),
        arguments("instructions without an end", "<\u0220>" + "<?a ".repeat(10 * MANY)),
        arguments("a long comment", "<\u0220><!--" + "-x".repeat(10 * MANY) + "--></\u0220>"),
        arguments("a long section", "<\u0220><![CDATA[" + "]]x".repeat(MANY) + "]]></\u0220>"));
  }

  /** Returns the text for many numbers in descending order. */
  private static String numbered(String format) {
    return IntStream.iterate(2 * MANY, i -> i > MANY, i -> i - 1)
        .mapToObj(format::formatted)
        .collect(Collectors.joining());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostileDocuments")
  @Timeout(60)
  void readingTakesMemoryProportionalToLength(String what, String xml) {
    for (Consumer<String> reader : List.<Consumer<String>>of(XmlNode::parse, XmlNodeTest::head)) {
      Allocation.assertAtMost(
          BYTES_PER_CHARACTER,
          xml.length(),
          () -> {
            try {
              reader.accept(xml);
            } catch (UnreadableXmlException e) {
              assertTrue(e.getMessage().length() < 250, e.getMessage());
            }
          });
    }
  }

  /** A JDK stream reader retains the names of all documents that it read. */
  @Test
  void namesOfReadDocumentsAreNotRetained() {
    long before = usedMemory();
    for (int i = 0; i < 2_000; i++) {
      var unused = head("<s><" + "n".repeat(10_000) + i + "/></s>");
    }
    long retained = usedMemory() - before;
    assertTrue(retained < 10_000_000, retained + " bytes of 20 MB are retained");
  }

  private static long usedMemory() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
