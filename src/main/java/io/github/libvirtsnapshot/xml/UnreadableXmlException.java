package io.github.libvirtsnapshot.xml;

import com.google.common.base.Ascii;

/** libvirt handed out something as XML that can't be read as such. */
public final class UnreadableXmlException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private static final int SHOWN = 60;

  UnreadableXmlException(String xml, Throwable cause) {
    super("libvirt's XML can't be read; it begins with: " + beginning(xml), cause);
  }

  /** It can be read, but lacks what libvirt always writes. */
  public UnreadableXmlException(String xml, String missing) {
    super("libvirt's XML has no " + missing + "; it begins with: " + beginning(xml));
  }

  private static String beginning(String xml) {
    String shown = Ascii.truncate(xml, SHOWN, "...");
    return shown
        .codePoints()
        .map(c -> c < ' ' || c > '~' ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
