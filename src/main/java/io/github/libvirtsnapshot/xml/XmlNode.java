package io.github.libvirtsnapshot.xml;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.xml.XmlEscapers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * An element of a document that libvirt wrote. Names include their prefix, as in {@code x:title}.
 * Only {@link #parseWithComments} also returns comments and processing instructions: each is a
 * child without content, whose name is its markup, as in {@code !-- text --} and {@code ?target?}.
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
  private static final CharMatcher BLANK = CharMatcher.anyOf(" \t\n");
  private static final CharMatcher MARKUP = CharMatcher.anyOf("!?");
  private static final Pattern NOT_ASCII = Pattern.compile("[^ -~]");

  /**
   * Reads a document.
   *
   * @throws UnreadableXmlException if the text is not XML, or has a document type or more levels
   *     than libvirt writes
   */
  public static XmlNode parse(String xml) {
    return XmlTree.read(xml, XmlTree::new);
  }

  /**
   * Reads a document with its comments and processing instructions. If the document has names that
   * only the fifth edition of XML 1.0 allows, those are omitted that XML 1.1 does not allow.
   *
   * @throws UnreadableXmlException as {@link #parse} does
   */
  public static XmlNode parseWithComments(String xml) {
    return XmlTree.read(xml, CommentedXmlTree::new);
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

  /** Returns a comment or a processing instruction. */
  static XmlNode ofMarkup(String markup) {
    return ofText(markup, "");
  }

  /** Returns an element without attributes that contains only this text. */
  public static XmlNode ofText(String name, String text) {
    return new XmlNode(name, Map.of(), List.of(), List.of(text));
  }

  /** Returns an element that contains only these attributes. */
  public static XmlNode ofAttributes(String name, Map<String, String> attributes) {
    return new XmlNode(name, ImmutableSortedMap.copyOf(attributes), List.of(), List.of(""));
  }

  /** Returns the same element with this text instead of its children and texts. */
  public XmlNode withText(String text) {
    return new XmlNode(name, attributes, List.of(), List.of(text));
  }

  /** Returns the same element with the result of a function instead of each child. */
  public XmlNode mapChildren(UnaryOperator<XmlNode> change) {
    return new XmlNode(name, attributes, children.stream().map(change).toList(), texts);
  }

  /** Returns the same element without the children of this name and the text after each of them. */
  public XmlNode withoutChildren(String child) {
    ImmutableList.Builder<XmlNode> kept = ImmutableList.builder();
    ImmutableList.Builder<String> keptTexts = ImmutableList.<String>builder().add(texts.get(0));
    for (int i = 0; i < children.size(); i++) {
      if (!children.get(i).name.equals(child)) {
        kept.add(children.get(i));
        keptTexts.add(texts.get(i + 1));
      }
    }
    return new XmlNode(name, attributes, kept.build(), keptTexts.build());
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
    return xml(XmlNode::trimmed, XmlEscapers.xmlAttributeEscaper()::escape);
  }

  /**
   * Returns the XML of this element with all its white space: an XML parser reads the same element
   * from it. Each character of a text or an attribute that is not printable ASCII is escaped,
   * except for the white space between elements; comments cannot be escaped.
   */
  public String exactXml() {
    return xml(text -> BLANK.matchesAllOf(text) ? text : ascii(text), XmlNode::ascii);
  }

  private String xml(Function<String, String> toText, Function<String, String> toValue) {
    StringBuilder xml = new StringBuilder();
    appendXml(xml, toText, toValue);
    return xml.toString();
  }

  private void appendXml(
      StringBuilder xml, Function<String, String> toText, Function<String, String> toValue) {
    xml.append('<').append(name);
    if (MARKUP.matches(name.charAt(0))) {
      xml.append('>');
      return;
    }
    attributes.forEach(
        (attribute, value) ->
            xml.append(' ')
                .append(attribute)
                .append("=\"")
                .append(toValue.apply(value))
                .append('"'));
    xml.append('>').append(toText.apply(texts.get(0)));
    for (int i = 0; i < children.size(); i++) {
      children.get(i).appendXml(xml, toText, toValue);
      xml.append(toText.apply(texts.get(i + 1)));
    }
    xml.append("</").append(name).append('>');
  }

  private static String trimmed(String text) {
    return XmlEscapers.xmlContentEscaper().escape(CharMatcher.whitespace().trimFrom(text));
  }

  private static String ascii(String text) {
    return NOT_ASCII
        .matcher(XmlEscapers.xmlAttributeEscaper().escape(text))
        .replaceAll((MatchResult found) -> "&#" + found.group().codePointAt(0) + ";");
  }
}
