package io.github.libvirtsnapshot.xml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class XmlDocumentTest {
  private static final String XML = "<domain>\n  <name>web01</name>\n</domain>\n";

  @Test
  void documentHasCharactersOfItsText() {
    XmlDocument document = XmlDocument.parse(XML);

    assertEquals(0, CharSequence.compare(XML, document));
    assertEquals("<name>web01</name>", document.subSequence(11, 29));
    assertEquals(XML, document.toString());
  }

  @Test
  void rootIsParsedText() {
    assertEquals("web01", XmlDocument.parse(XML).root().text("name"));
  }
}
