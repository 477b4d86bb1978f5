package io.github.libvirtsnapshot;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Reads pages and pictures of the library with the JDK's parser. */
public final class XmlDocuments {
  private XmlDocuments() {}

  /** Parses a document that is well-formed XML, with or without HTML's document type. */
  public static Document parse(String text) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Returns the elements of this name, or all for an asterisk, in the order of the document. */
  public static Stream<Element> elements(Document document, String name) {
    return elements(document.getElementsByTagName(name));
  }

  /** Returns the elements of this name that are in another one. */
  public static Stream<Element> elements(Element above, String name) {
    return elements(above.getElementsByTagName(name));
  }

  private static Stream<Element> elements(NodeList nodes) {
    return IntStream.range(0, nodes.getLength()).mapToObj(nodes::item).map(Element.class::cast);
  }
}
