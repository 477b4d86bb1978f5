package io.github.libvirtsnapshot.internal;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import com.google.common.base.CharMatcher;
import com.google.common.xml.XmlEscapers;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML or SVG that is well-formed XML too. Each text and each value of an attribute is
 * escaped for XML, and before as by {@link LogEscaper#escapeMessage}: text from outside can neither
 * become an element, nor contain characters that XML does not allow, that are invisible, or that
 * reverse the direction of the text.
 */
public final class Markup {
  private final StringBuilder markup;
  private final Deque<String> open = new ArrayDeque<>();
  private boolean isInTag;

  /**
   * Begins a document.
   *
   * @param prolog the markup before the first element
   */
  public Markup(String prolog) {
    markup = new StringBuilder(prolog);
  }

  /** Opens an element. Its attributes come next, and then its content. */
  public Markup open(String name) {
    endTag();
    markup.append('<').append(name);
    open.push(name);
    isInTag = true;
    return this;
  }

  /** Adds an attribute to the element that was just opened. */
  public Markup with(String attribute, Object value) {
    checkState(isInTag, "an attribute %s after the content of the element", attribute);
    String escaped = LogEscaper.escapeMessage(value.toString());
    markup.append(' ').append(attribute).append("=\"");
    markup.append(XmlEscapers.xmlAttributeEscaper().escape(escaped)).append('"');
    return this;
  }

  private void endTag() {
    if (isInTag) {
      markup.append('>');
      isInTag = false;
    }
  }

  /** Writes text into the element that was opened last. */
  public Markup text(String text) {
    endTag();
    markup.append(XmlEscapers.xmlContentEscaper().escape(LogEscaper.escapeMessage(text)));
    return this;
  }

  /** Closes the element that was opened last. */
  public Markup close() {
    endTag();
    markup.append("</").append(open.pop()).append(">");
    return this;
  }

  /** Closes an element without content as in XML: one of SVG, or one that HTML never closes. */
  public Markup closeEmpty() {
    checkState(isInTag, "the element has content");
    isInTag = false;
    markup.append("/>");
    open.pop();
    return this;
  }

  /** Writes an element that contains only text. */
  public Markup element(String name, String text) {
    return open(name).text(text).close();
  }

  /** Ends the line of the source. */
  public Markup newLine() {
    endTag();
    markup.append('\n');
    return this;
  }

  /**
   * Writes a style sheet, which is not escaped.
   *
   * @throws IllegalArgumentException if it contains characters that XML or HTML would interpret
   */
  public Markup style(String css) {
    checkArgument(
        CharMatcher.anyOf("<>&").matchesNoneOf(css), "a style sheet with markup: %s", css);
    endTag();
    markup.append("<style>").append(css).append("</style>");
    return this;
  }

  /** Returns everything that was written so far. */
  @Override
  public String toString() {
    return markup.toString();
  }
}
