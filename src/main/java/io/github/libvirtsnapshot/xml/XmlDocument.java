package io.github.libvirtsnapshot.xml;

/**
 * The text of a document together with its elements, so that several classes can read the text
 * although it is parsed only once.
 */
public final class XmlDocument implements CharSequence {
  private final String text;
  private final XmlNode root;

  private XmlDocument(String text, XmlNode root) {
    this.text = text;
    this.root = root;
  }

  /**
   * Reads a document.
   *
   * @throws UnreadableXmlException as {@link XmlNode#parse} does
   */
  public static XmlDocument parse(String text) {
    return new XmlDocument(text, XmlNode.parse(text));
  }

  /** Returns the root element. */
  public XmlNode root() {
    return root;
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(int index) {
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.subSequence(start, end);
  }

  /** Returns the text of the document. */
  @Override
  public String toString() {
    return text;
  }
}
