package io.github.libvirtsnapshot.xml;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.xml.XmlEscapers;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An element of a document that libvirt wrote. Names include their prefix, as in {@code x:title}.
 *
 * <p>Reading takes time and memory proportional to the length of the document for any content,
 * because tenants can write parts of a domain's XML. The number of levels is limited, so that no
 * document overflows a thread's stack.
 *
 * @param attributes the attributes, including those that declare a prefix, ordered by name
 * @param children the elements directly within this one
 * @param texts the texts before each child and after the last one; one more than there are children
 */
public record XmlNode(
    String name, Map<String, String> attributes, List<XmlNode> children, List<String> texts) {
  private static final Splitter STEPS = Splitter.on('/');

  /**
   * Reads a document.
   *
   * @throws UnreadableXmlException if the text is not XML, or has a document type or more levels
   *     than libvirt writes
   */
  public static XmlNode parse(String xml) {
    return XmlTree.read(xml);
  }

  /**
   * Reads the beginning of a document, up to the first child of the root with this name. That child
   * has no content, and the rest is not read. The beginning must have names of XML 1.0 without
   * prefixes, which is all that libvirt writes there.
   *
   * @throws UnreadableXmlException as {@link #parse} does
   */
  public static XmlNode parseUpTo(String xml, String child) {
    return XmlHead.read(xml, child);
  }

  /** Returns the unmodified text of this element without its descendants. */
  public String ownText() {
    return String.join("", texts);
  }

  /** Returns the text of this element and its descendants, without surrounding white space. */
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
   * Returns the text of the first element or attribute at this path; empty if there is none.
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

  /** A fast lookup for paths of one step, which are most frequent in a listing of snapshots. */
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
    List<XmlNode> matches = List.of(this);
    for (String step : STEPS.split(path)) {
      matches = childrenOf(matches, step);
    }
    return matches;
  }

  private static List<XmlNode> childrenOf(List<XmlNode> parents, String step) {
    ImmutableList.Builder<XmlNode> matches = ImmutableList.builder();
    for (XmlNode parent : parents) {
      for (XmlNode child : parent.children) {
        if (child.name.equals(step)) {
          matches.add(child);
        }
      }
    }
    return matches.build();
  }

  /** Returns the XML of this element on one line, without indentation. */
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
