package io.github.libvirtsnapshot.xml;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.xml.XmlEscapers;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An element of a document that libvirt wrote. Names have their prefix, as in {@code x:title}.
 *
 * <p>Reading takes time and memory in proportion to the length of the document, whatever is in it:
 * parts of a domain's XML are written by its tenant. No document has more levels than the stack of
 * a thread has room for.
 *
 * @param attributes the attributes, those that declare a prefix too, in the order of their names
 * @param children the elements directly within this one
 * @param texts the text before each child, and after the last: one more than there are children
 */
public record XmlNode(
    String name, Map<String, String> attributes, List<XmlNode> children, List<String> texts) {
  private static final Splitter STEPS = Splitter.on('/');

  /**
   * Reads a document.
   *
   * @throws UnreadableXmlException if that is no XML, has a document type, which libvirt never
   *     writes, or more levels than libvirt writes
   */
  public static XmlNode parse(String xml) {
    return XmlTree.read(xml);
  }

  /**
   * Reads the beginning of a document: up to the first child of the root of this name. That child
   * is there without its content, and what follows is not read. A head has names of XML 1.0 and no
   * prefixes, as all that libvirt itself writes there.
   *
   * @throws UnreadableXmlException as {@link #parse} does
   */
  public static XmlNode parseUpTo(String xml, String child) {
    return XmlHead.read(xml, child);
  }

  /** Returns the text in this element, without the elements within, as it is. */
  public String ownText() {
    return String.join("", texts);
  }

  /** Returns the text in this element and in the elements within, without white space around it. */
  public String text() {
    StringBuilder text = new StringBuilder();
    appendText(text);
    return CharMatcher.whitespace().trimFrom(text);
  }

  private void appendText(StringBuilder text) {
    text.append(texts.get(0));
    for (int i = 0; i < children.size(); i++) {
      children.get(i).appendText(text);
      text.append(texts.get(i + 1));
    }
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
    return owner.map(node -> node.attributes.get(path.substring(attribute + 1))).orElse("");
  }

  /** Returns the first element at this path. */
  public Optional<XmlNode> first(String path) {
    return path.indexOf('/') < 0 ? firstChild(path) : all(path).stream().findFirst();
  }

  /** Most paths have one step, and are looked up for each snapshot of a listing. */
  private Optional<XmlNode> firstChild(String step) {
    for (XmlNode child : children) {
      if (child.name.equals(step)) {
        return Optional.of(child);
      }
    }
    return Optional.empty();
  }

  /** Returns all elements at this path, in the order of the document. */
  public List<XmlNode> all(String path) {
    List<XmlNode> found = List.of(this);
    for (String step : STEPS.split(path)) {
      found = childrenOf(found, step);
    }
    return found;
  }

  private static List<XmlNode> childrenOf(List<XmlNode> parents, String step) {
    ImmutableList.Builder<XmlNode> found = ImmutableList.builder();
    for (XmlNode parent : parents) {
      for (XmlNode child : parent.children) {
        if (child.name.equals(step)) {
          found.add(child);
        }
      }
    }
    return found.build();
  }

  /** Returns the XML of this element on one line: elements indented differently have the same. */
  public String xml() {
    StringBuilder xml = new StringBuilder();
    appendXml(xml);
    return xml.toString();
  }

  private void appendXml(StringBuilder xml) {
    xml.append('<').append(name);
    attributes.forEach(
        (attribute, value) ->
            xml.append(' ')
                .append(attribute)
                .append("=\"")
                .append(XmlEscapers.xmlAttributeEscaper().escape(value))
                .append('"'));
    xml.append('>').append(trimmed(texts.get(0)));
    for (int i = 0; i < children.size(); i++) {
      children.get(i).appendXml(xml);
      xml.append(trimmed(texts.get(i + 1)));
    }
    xml.append("</").append(name).append('>');
  }

  private static String trimmed(String text) {
    return XmlEscapers.xmlContentEscaper().escape(CharMatcher.whitespace().trimFrom(text));
  }
}
