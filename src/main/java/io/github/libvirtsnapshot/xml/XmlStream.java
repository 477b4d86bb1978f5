package io.github.libvirtsnapshot.xml;

import java.io.StringReader;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads one field of a document that libvirt wrote, and nothing that comes after it. */
public final class XmlStream {
  private static final int CHILD_OF_THE_ROOT = 2;

  /** Making one costs more than reading; once its properties are set, threads may share it. */
  private static final XMLInputFactory FACTORY = factory();

  private XmlStream() {}

  /**
   * Returns the text of the first element of this name directly within the root.
   *
   * @return empty if there is none
   * @throws UnreadableXmlException if what comes before it is no XML, or has a document type, which
   *     libvirt never writes
   */
  public static Optional<String> childText(String xml, String name) {
    try {
      XMLStreamReader reader = FACTORY.createXMLStreamReader(new StringReader(xml));
      try {
        return childText(reader, name);
      } finally {
        reader.close();
      }
    } catch (XMLStreamException e) {
      throw new UnreadableXmlException(xml, e);
    }
  }

  private static Optional<String> childText(XMLStreamReader reader, String name)
      throws XMLStreamException {
    int depth = 0;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          depth++;
          if (depth == CHILD_OF_THE_ROOT && reader.getLocalName().equals(name)) {
            return Optional.of(reader.getElementText());
          }
        }
        case XMLStreamConstants.END_ELEMENT -> depth--;
        case XMLStreamConstants.DTD -> throw new XMLStreamException("a document type");
        default -> {}
      }
    }
    return Optional.empty();
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    XmlLimits.PROPERTIES.forEach(limit -> factory.setProperty(limit, XmlLimits.NONE));
    return factory;
  }
}
