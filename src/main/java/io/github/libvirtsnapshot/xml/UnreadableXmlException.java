package io.github.libvirtsnapshot.xml;

/**
 * libvirt handed out something as XML that can't be read as such. However long that is, the message
 * is short.
 */
public final class UnreadableXmlException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private static final int SHOWN = 60;
  private static final int SHOWN_REASON = 120;

  private UnreadableXmlException(String message) {
    super(message);
  }

  /** It can be read, but lacks what libvirt always writes. */
  public UnreadableXmlException(String xml, String missing) {
    this("libvirt's XML has no " + missing + beginning(xml));
  }

  /** It is no XML, or none that libvirt writes. The reason may have any of it in its words. */
  static UnreadableXmlException because(Exception reason, String xml) {
    return new UnreadableXmlException(
        "libvirt's XML can't be read: "
            + plain(String.valueOf(reason.getMessage()), SHOWN_REASON)
            + beginning(xml));
  }

  /** It has more levels than are read. */
  static UnreadableXmlException tooDeep(String xml) {
    return new UnreadableXmlException(
        "libvirt's XML has elements on more than "
            + XmlLimits.LEVELS
            + " levels, and libvirt itself writes no more than about 260"
            + beginning(xml));
  }

  private static String beginning(String xml) {
    return "; it begins with: " + plain(xml, SHOWN);
  }

  /** A pair of surrogates is one code point, and is not cut. */
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
