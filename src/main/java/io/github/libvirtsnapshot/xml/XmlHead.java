package io.github.libvirtsnapshot.xml;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableSortedMap;
import java.io.StringReader;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads only the beginning of a document, because the rest may be most of the document. */
final class XmlHead {
  /** Shared, as creating a factory takes longer than reading. Thread-safe once it is configured. */
  private static final XMLInputFactory FACTORY = factory();

  private final XMLStreamReader reader;
  private final TreeBuilder tree;

  private XmlHead(XMLStreamReader reader, TreeBuilder tree) {
    this.reader = reader;
    this.tree = tree;
  }

  /** Returns the root with its children up to the first child of this name, which is empty. */
  static XmlNode read(String xml, String child) {
    try {
      XMLStreamReader reader =
          FACTORY.createXMLStreamReader(new StringReader(Noncharacters.replacedIn(xml)));
      try {
        return new XmlHead(reader, new TreeBuilder(xml)).read(child);
      } finally {
        reader.close();
      }
    } catch (XMLStreamException e) {
      throw UnreadableXmlException.because(e, xml);
    }
  }

  private XmlNode read(String child) throws XMLStreamException {
    while (reader.hasNext() && !tree.isInChild(child)) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> tree.enter(reader.getLocalName(), attributes());
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
            tree.append(reader.getTextCharacters(), reader.getTextStart(), reader.getTextLength());
        case XMLStreamConstants.END_ELEMENT -> tree.leave();
        case XMLStreamConstants.DTD -> throw new XMLStreamException("a document type");
        default -> {}
      }
    }
    return tree.root();
  }

  private Map<String, String> attributes() {
    ImmutableSortedMap.Builder<String, String> attributes = ImmutableSortedMap.naturalOrder();
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      attributes.put(attributeName(i), reader.getAttributeValue(i));
    }
    return attributes.buildOrThrow();
  }

  private String attributeName(int index) {
    String prefix = Strings.nullToEmpty(reader.getAttributePrefix(index));
    String name = reader.getAttributeLocalName(index);
    return prefix.isEmpty() ? name : prefix + ":" + name;
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    XmlLimits.PROPERTIES.forEach(limit -> factory.setProperty(limit, XmlLimits.NONE));
    return factory;
  }
}
