package io.github.libvirtsnapshot.xml;

import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.io.StringReader;
import java.util.function.Function;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParser;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.ext.DefaultHandler2;

/** Reads a complete document. */
class XmlTree extends DefaultHandler2 {
  final TreeBuilder tree;

  XmlTree(String xml) {
    tree = new TreeBuilder(xml);
  }

  /** Returns the root. */
  static XmlNode read(String xml, Function<String, XmlTree> reader) {
    try {
      return reader.apply(xml).parse(xml);
    } catch (SAXException | IOException e) {
      return readAsXml11(xml, reader, e);
    }
  }

  private static XmlNode readAsXml11(
      String xml, Function<String, XmlTree> reader, Exception asXml10) {
    try {
      return reader.apply(xml).parse(FifthEdition.asXml11(xml));
    } catch (SAXException | IOException e) {
      throw UnreadableXmlException.because(asXml10, xml);
    }
  }

  private XmlNode parse(String document) throws SAXException, IOException {
    SAXParser parser = parser();
    parser.setProperty("http://xml.org/sax/properties/lexical-handler", this);
    parser.parse(new InputSource(new StringReader(Noncharacters.replacedIn(document))), this);
    return tree.root();
  }

  private static SAXParser parser() throws SAXException {
    SAXParserFactory factory = SAXParserFactory.newDefaultInstance();
    try {
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      SAXParser parser = factory.newSAXParser();
      for (String limit : XmlLimits.PROPERTIES) {
        parser.setProperty(limit, XmlLimits.NONE);
      }
      return parser;
    } catch (ParserConfigurationException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void startElement(String uri, String localName, String name, Attributes read) {
    ImmutableSortedMap.Builder<String, String> attributes = ImmutableSortedMap.naturalOrder();
    for (int i = 0; i < read.getLength(); i++) {
      attributes.put(read.getQName(i), read.getValue(i));
    }
    tree.enter(name, attributes.buildOrThrow());
  }

  @Override
  public void characters(char[] document, int start, int length) {
    tree.append(document, start, length);
  }

  @Override
  public void endElement(String uri, String localName, String name) {
    tree.leave();
  }
}
