package io.github.libvirtsnapshot.xml;

import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads the beginning of a document that libvirt wrote, as far as it is needed. */
public final class XmlStream {
  /** A property of the JDK's own factory. */
  private static final String REUSE = "reuse-instance";

  /** Making one costs more than reading; once its properties are set, threads may share it. */
  private static final XMLInputFactory FACTORY = factory();

  /** One that makes its reader once, for one thread at a time: who finds none takes the other. */
  private static final AtomicReference<XMLInputFactory> REUSING = new AtomicReference<>(reusing());

  private XmlStream() {}

  /**
   * Is led through a document. A path has the names of the elements below the root, as in {@code
   * disks/disk}; it is empty for the root.
   */
  public interface Visitor {
    /**
     * Enters an element.
     *
     * @param attribute gives the value of an attribute, or null
     * @return whether to go on
     */
    boolean enter(String path, UnaryOperator<String> attribute);

    /**
     * Leaves an element.
     *
     * @param text its text: what comes after the last element within it
     * @return whether to go on
     */
    boolean leave(String path, String text);
  }

  /**
   * Returns the text of the first element of this name directly within the root.
   *
   * @return empty if there is none
   * @throws UnreadableXmlException if what comes before its end is no XML, or has a document type,
   *     which libvirt never writes
   */
  public static Optional<String> childText(String xml, String name) {
    List<String> found = new ArrayList<>();
    walk(
        xml,
        new Visitor() {
          @Override
          public boolean enter(String path, UnaryOperator<String> attribute) {
            return true;
          }

          @Override
          public boolean leave(String path, String text) {
            return !path.equals(name) || !found.add(text);
          }
        });
    return found.stream().findFirst();
  }

  /**
   * Leads a visitor through a document.
   *
   * @throws UnreadableXmlException if what comes before it has enough is no XML, or has a document
   *     type, which libvirt never writes
   */
  public static void walk(String xml, Visitor visitor) {
    XMLInputFactory mine = REUSING.getAndSet(null);
    try {
      XMLStreamReader reader =
          (mine == null ? FACTORY : mine).createXMLStreamReader(new StringReader(xml));
      try {
        walk(reader, visitor);
      } finally {
        reader.close();
      }
      REUSING.compareAndSet(null, mine);
    } catch (XMLStreamException e) {
      REUSING.set(reusing());
      throw new UnreadableXmlException(xml, e);
    }
  }

  private static void walk(XMLStreamReader reader, Visitor visitor) throws XMLStreamException {
    UnaryOperator<String> attribute = name -> reader.getAttributeValue(null, name);
    StringBuilder path = new StringBuilder();
    Deque<Integer> parents = new ArrayDeque<>();
    StringBuilder text = new StringBuilder();
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          parents.push(path.length());
          if (parents.size() > 1) {
            path.append(path.isEmpty() ? "" : "/").append(reader.getLocalName());
          }
          if (!visitor.enter(path.toString(), attribute)) {
            return;
          }
          text.setLength(0);
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
            text.append(reader.getText());
        case XMLStreamConstants.END_ELEMENT -> {
          if (!visitor.leave(path.toString(), text.toString())) {
            return;
          }
          text.setLength(0);
          path.setLength(parents.pop());
        }
        case XMLStreamConstants.DTD -> throw new XMLStreamException("a document type");
        default -> {}
      }
    }
  }

  private static XMLInputFactory reusing() {
    XMLInputFactory factory = factory();
    if (factory.isPropertySupported(REUSE)) {
      factory.setProperty(REUSE, true);
    }
    return factory;
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    XmlLimits.PROPERTIES.forEach(limit -> factory.setProperty(limit, XmlLimits.NONE));
    return factory;
  }
}
