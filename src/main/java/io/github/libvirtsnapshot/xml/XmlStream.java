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

/**
 * Reads the beginning of a document that libvirt wrote, as far as it is needed. This takes time and
 * memory in proportion to its length, whatever is in it.
 */
public final class XmlStream {
  /** No path that libvirt writes, and that is looked for, is so long. */
  private static final int LONGEST_PATH = 64;

  /** A property of the JDK's own factory. */
  private static final String REUSE = "reuse-instance";

  /** Making one costs more than reading; once its properties are set, threads may share it. */
  private static final XMLInputFactory FACTORY = factory();

  /** For one thread at a time: who finds none takes the other factory. */
  private static final AtomicReference<Reusing> REUSING = new AtomicReference<>(Reusing.fresh());

  /**
   * A factory that makes its reader once. The reader keeps the names of all documents that it has
   * read.
   *
   * @param left how many characters it may still read
   */
  private record Reusing(XMLInputFactory factory, long left) {
    private static final long CHARACTERS = 1_000_000;

    static Reusing fresh() {
      XMLInputFactory factory = XmlStream.factory();
      if (factory.isPropertySupported(REUSE)) {
        factory.setProperty(REUSE, true);
      }
      return new Reusing(factory, CHARACTERS);
    }

    Reusing afterReading(String xml) {
      return left > xml.length() ? new Reusing(factory, left - xml.length()) : fresh();
    }
  }

  private final String xml;
  private final Visitor visitor;
  private final XMLStreamReader reader;

  /** How long the path was before each element that was entered and is not left yet. */
  private final Deque<Integer> parents = new ArrayDeque<>();

  private final StringBuilder path = new StringBuilder();
  private final StringBuilder text = new StringBuilder();

  /** How many elements that are passed over are not at their end yet. */
  private int passedOver;

  private XmlStream(String xml, Visitor visitor, XMLStreamReader reader) {
    this.xml = xml;
    this.visitor = visitor;
    this.reader = reader;
  }

  /**
   * Is led through a document. A path has the names of the elements below the root, as in {@code
   * disks/disk}; it is empty for the root. What is on a path of more than 64 characters is passed
   * over.
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
   * @throws UnreadableXmlException if what comes before its end is no XML, has a document type,
   *     which libvirt never writes, or more levels than libvirt writes
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
   * @throws UnreadableXmlException if what comes before it has enough is no XML, has a document
   *     type, which libvirt never writes, or more levels than libvirt writes
   */
  public static void walk(String xml, Visitor visitor) {
    Reusing mine = REUSING.getAndSet(null);
    if (mine == null) {
      walk(FACTORY, xml, visitor);
      return;
    }
    Reusing next = null;
    try {
      walk(mine.factory, xml, visitor);
      next = mine.afterReading(xml);
    } finally {
      REUSING.set(next == null ? Reusing.fresh() : next);
    }
  }

  private static void walk(XMLInputFactory factory, String xml, Visitor visitor) {
    try {
      XMLStreamReader reader =
          factory.createXMLStreamReader(new StringReader(Noncharacters.replacedIn(xml)));
      try {
        new XmlStream(xml, visitor, reader).walk();
      } finally {
        reader.close();
      }
    } catch (XMLStreamException e) {
      throw UnreadableXmlException.because(e, xml);
    }
  }

  private void walk() throws XMLStreamException {
    boolean goOn = true;
    while (goOn && reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> goOn = enter(reader.getLocalName());
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
            text.append(reader.getText());
        case XMLStreamConstants.END_ELEMENT -> goOn = leave();
        case XMLStreamConstants.DTD -> throw new XMLStreamException("a document type");
        default -> {}
      }
    }
  }

  private boolean enter(String name) {
    if (parents.size() + passedOver == XmlLimits.LEVELS) {
      throw UnreadableXmlException.tooDeep(xml);
    }
    text.setLength(0);
    if (passedOver > 0 || path.length() + name.length() >= LONGEST_PATH) {
      passedOver++;
      return true;
    }
    parents.push(path.length());
    if (parents.size() > 1) {
      path.append(path.isEmpty() ? "" : "/").append(name);
    }
    return visitor.enter(path.toString(), attribute -> reader.getAttributeValue(null, attribute));
  }

  private boolean leave() {
    String ended = text.toString();
    text.setLength(0);
    if (passedOver > 0) {
      passedOver--;
      return true;
    }
    boolean goOn = visitor.leave(path.toString(), ended);
    path.setLength(parents.pop());
    return goOn;
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
