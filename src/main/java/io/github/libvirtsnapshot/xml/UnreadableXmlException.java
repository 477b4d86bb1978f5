package io.github.libvirtsnapshot.xml;

/**
 * Thrown if libvirt returned XML that cannot be read. The message is short for XML of any length.
 */
public final class UnreadableXmlException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private static final int SHOWN = 60;
  private static final int SHOWN_REASON = 120;

  private UnreadableXmlException(String message) {
    super(message);
  }

  /** Creates an exception for XML that lacks a part which libvirt always writes. */
  public UnreadableXmlException(String xml, String missing) {
    this("libvirt's XML has no " + missing + beginning(xml));
  }

  /**
   * Creates an exception for text that is not XML. The parser's message may quote any of the text.
   */
  static UnreadableXmlException because(Exception reason, String xml) {
    return new UnreadableXmlException(
        "libvirt's XML cannot be read: "
            + plain(String.valueOf(reason.getMessage()), SHOWN_REASON)
            + beginning(xml));
  }

  /** Creates an exception for XML with too many levels. */
  static UnreadableXmlException tooDeep(String xml) {
    return new UnreadableXmlException(
        "libvirt's XML has more than "
            + XmlLimits.LEVELS
            + " levels of elements, but libvirt writes at most about 260"
            + beginning(xml));
  }

  private static String beginning(String xml) {
    return "; it begins with: " + plain(xml, SHOWN);
  }

  /** Truncates by code points, so that a surrogate pair is not split. */
  private static String plain(String text, int shown) {
    String plain =
        text.codePoints()
            .limit(shown)
            .map(c -> Character.isWhitespace(c) ? ' ' : c)
            .map(c -> c < ' ' || c > '~' ? '?' : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    return text.length() > shown ? plain + "..." : plain;
  }
}
