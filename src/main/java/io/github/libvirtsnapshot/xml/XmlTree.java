package io.github.libvirtsnapshot.xml;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParser;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/** Makes a tree of a document while it is read. */
final class XmlTree extends DefaultHandler {
  private final String xml;

  /** The elements that are not at their end yet, the innermost first. */
  private final Deque<Open> open = new ArrayDeque<>();

  private XmlNode root;

  /** An element that is being read. */
  private static final class Open {
    private final ImmutableList.Builder<XmlNode> children = ImmutableList.builder();
    private final ImmutableList.Builder<String> texts = ImmutableList.builder();
    private final ImmutableSortedMap<String, String> attributes;
    private final StringBuilder text = new StringBuilder();

    Open(Attributes read) {
      ImmutableSortedMap.Builder<String, String> all = ImmutableSortedMap.naturalOrder();
      for (int i = 0; i < read.getLength(); i++) {
        all.put(read.getQName(i), read.getValue(i));
      }
      attributes = all.buildOrThrow();
    }

    void endText() {
      texts.add(text.toString());
      text.setLength(0);
    }
  }

  private XmlTree(String xml) {
    this.xml = xml;
  }

  /** Returns the root. */
  static XmlNode read(String xml) {
    try {
      return new XmlTree(xml).parse(xml);
    } catch (SAXException | IOException e) {
      return readAsXml11(xml, e);
    }
  }

  private static XmlNode readAsXml11(String xml, Exception asXml10) {
    try {
      return new XmlTree(xml).parse(FifthEdition.asXml11(xml));
    } catch (SAXException | IOException e) {
      throw UnreadableXmlException.because(asXml10, xml);
    }
  }

  private XmlNode parse(String document) throws SAXException, IOException {
    parser().parse(new InputSource(new StringReader(Noncharacters.replacedIn(document))), this);
    return root;
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
  public void startElement(String uri, String localName, String name, Attributes attributes) {
    if (open.size() == XmlLimits.LEVELS) {
      throw UnreadableXmlException.tooDeep(xml);
    }
    if (!open.isEmpty()) {
      open.peek().endText();
    }
    open.push(new Open(attributes));
  }

  @Override
  public void characters(char[] document, int start, int length) {
    open.peek().text.append(document, start, length);
  }

  @Override
  public void endElement(String uri, String localName, String name) {
    Open ended = open.pop();
    ended.endText();
    XmlNode node = new XmlNode(name, ended.attributes, ended.children.build(), ended.texts.build());
    if (open.isEmpty()) {
      root = node;
    } else {
      open.peek().children.add(node);
    }
  }
}
