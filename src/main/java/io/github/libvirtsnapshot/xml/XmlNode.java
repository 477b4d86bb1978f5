package io.github.libvirtsnapshot.xml;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.xml.XmlEscapers;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.w3c.dom.Text;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * An element of a document that libvirt wrote. Names have their prefix, as in {@code x:title}.
 *
 * <p>Reading takes time in proportion to the length of the document, whatever is in it: parts of a
 * domain's XML are written by its tenant.
 */
public record XmlNode(Element element) {
  private static final Splitter STEPS = Splitter.on('/');

  /**
   * Reads a document.
   *
   * @throws UnreadableXmlException if that is no XML, or has a document type, which libvirt never
   *     writes
   */
  public static XmlNode parse(String xml) {
    try {
      return read(xml);
    } catch (SAXException | IOException e) {
      return parseAsXml11(xml, e);
    }
  }

  private static XmlNode parseAsXml11(String xml, Exception asXml10) {
    try {
      return read(FifthEdition.asXml11(xml));
    } catch (SAXException | IOException e) {
      asXml10.addSuppressed(e);
      throw new UnreadableXmlException(xml, asXml10);
    }
  }

  private static XmlNode read(String xml) throws SAXException, IOException {
    return new XmlNode(
        builder().parse(new InputSource(new StringReader(xml))).getDocumentElement());
  }

  private static DocumentBuilder builder() {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
    try {
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      XmlLimits.PROPERTIES.forEach(limit -> factory.setAttribute(limit, XmlLimits.NONE));
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      return builder;
    } catch (ParserConfigurationException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns the name. */
  public String name() {
    return element.getTagName();
  }

  /** Returns the text in this element and in the elements within, without white space around it. */
  public String text() {
    return CharMatcher.whitespace().trimFrom(element.getTextContent());
  }

  /**
   * Returns the text of the first element at this path, or of its attribute; empty if there is
   * none.
   *
   * @param path names of elements, and of an attribute at the end, as in {@code os/type/@arch}
   */
  public String text(String path) {
    int attribute = path.lastIndexOf('@');
    if (attribute < 0) {
      return first(path).map(XmlNode::text).orElse("");
    }
    Optional<XmlNode> owner =
        attribute == 0 ? Optional.of(this) : first(path.substring(0, attribute - 1));
    return owner.map(node -> node.element.getAttribute(path.substring(attribute + 1))).orElse("");
  }

  /** Returns the first element at this path. */
  public Optional<XmlNode> first(String path) {
    return all(path).stream().findFirst();
  }

  /** Returns all elements at this path, in the order of the document. */
  public List<XmlNode> all(String path) {
    List<XmlNode> found = List.of(this);
    for (String name : STEPS.split(path)) {
      found =
          found.stream()
              .flatMap(node -> node.children().stream())
              .filter(child -> child.name().equals(name))
              .toList();
    }
    return found;
  }

  /** Returns the attributes, those that declare a prefix too. */
  public Map<String, String> attributes() {
    NamedNodeMap attributes = element.getAttributes();
    ImmutableMap.Builder<String, String> values = ImmutableMap.builder();
    for (int i = 0; i < attributes.getLength(); i++) {
      values.put(attributes.item(i).getNodeName(), attributes.item(i).getNodeValue());
    }
    return values.buildOrThrow();
  }

  /** Returns the XML of this element on one line: elements indented differently have the same. */
  public String xml() {
    StringBuilder xml = new StringBuilder();
    write(element, xml);
    return xml.toString();
  }

  private static void write(Element element, StringBuilder xml) {
    xml.append('<').append(element.getTagName());
    new XmlNode(element)
        .attributes()
        .forEach(
            (name, value) ->
                xml.append(' ')
                    .append(name)
                    .append("=\"")
                    .append(XmlEscapers.xmlAttributeEscaper().escape(value))
                    .append('"'));
    xml.append('>');
    for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element within) {
        write(within, xml);
      } else if (child instanceof Text text) {
        String trimmed = CharMatcher.whitespace().trimFrom(text.getData());
        xml.append(XmlEscapers.xmlContentEscaper().escape(trimmed));
      }
    }
    xml.append("</").append(element.getTagName()).append('>');
  }

  /** Returns the elements directly within this one. */
  public List<XmlNode> children() {
    ImmutableList.Builder<XmlNode> children = ImmutableList.builder();
    for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element found) {
        children.add(new XmlNode(found));
      }
    }
    return children.build();
  }
}
