package io.github.libvirtsnapshot.xml;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds a tree of elements from the events of a parser. */
final class TreeBuilder {
  private final String xml;

  /** The open elements, the innermost first. */
  private final Deque<Open> open = new ArrayDeque<>();

  private @Nullable XmlNode root;

  /** An element whose end was not read yet. */
  private static final class Open {
    private final ImmutableList.Builder<XmlNode> children = ImmutableList.builder();
    private final ImmutableList.Builder<String> texts = ImmutableList.builder();
    private final StringBuilder text = new StringBuilder();
    private final String name;
    private final Map<String, String> attributes;

    Open(String name, Map<String, String> attributes) {
      this.name = name;
      this.attributes = attributes;
    }

    void endText() {
      texts.add(text.toString());
      text.setLength(0);
    }

    XmlNode end() {
      endText();
      return new XmlNode(name, attributes, children.build(), texts.build());
    }
  }

  TreeBuilder(String xml) {
    this.xml = xml;
  }

  void enter(String name, Map<String, String> attributes) {
    if (open.size() == XmlLimits.LEVELS) {
      throw UnreadableXmlException.tooDeep(xml);
    }
    if (!open.isEmpty()) {
      open.peek().endText();
    }
    open.push(new Open(name, attributes));
  }

  void append(char[] document, int start, int length) {
    open.peek().text.append(document, start, length);
  }

  /** Adds a child without content to the innermost open element, if there is one. */
  void add(XmlNode child) {
    if (!open.isEmpty()) {
      open.peek().endText();
      open.peek().children.add(child);
    }
  }

  void leave() {
    XmlNode node = open.pop().end();
    if (open.isEmpty()) {
      root = node;
    } else {
      open.peek().children.add(node);
    }
  }

  /** Returns whether the innermost open element is a child of the root with this name. */
  boolean isInChild(String name) {
    return open.size() == 2 && open.peek().name.equals(name);
  }

  /** Returns the root with the content that was read so far. */
  XmlNode root() {
    while (!open.isEmpty()) {
      leave();
    }
    return requireNonNull(root);
  }
}
