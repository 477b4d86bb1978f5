package io.github.libvirtsnapshot.xml;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import com.google.common.escape.Escaper;
import com.google.common.escape.Escapers;
import com.google.common.xml.XmlEscapers;
import java.util.Optional;

/**
 * Rewrites an XML 1.0 document as XML 1.1. The JDK's parsers allow in XML 1.0 only the names of the
 * fourth edition. libvirt accepts the names of the fifth edition, which are those of XML 1.1.
 */
final class FifthEdition {
  private static final String DECLARATION = "<?xml version=\"1.1\"?>";
  private static final String CDATA = "<![CDATA[";

  /** The start and end delimiters of the parts that contain no character references. */
  private static final ImmutableMap<String, String> LITERAL =
      ImmutableMap.of("<!--", "-->", "<?", "?>", CDATA, "]]>");

  private static final Escaper REFERENCES = references();

  private FifthEdition() {}

  /**
   * Returns an escaper for the characters that XML 1.1 forbids unless escaped, or reads as line
   * ends.
   */
  private static Escaper references() {
    Escapers.Builder references = Escapers.builder().addEscape('\u2028', "&#8232;");
    for (char c = '\u007f'; c <= '\u009f'; c++) {
      references.addEscape(c, "&#" + (int) c + ";");
    }
    return references.build();
  }

  /**
   * Returns an XML 1.1 document with the same elements, attributes and texts, and with those
   * comments and processing instructions that XML 1.1 allows, too.
   */
  static String asXml11(String xml) {
    StringBuilder rewritten = new StringBuilder(DECLARATION);
    int done = 0;
    for (int at = xml.indexOf('<'); at >= 0; at = xml.indexOf('<', Math.max(done, at + 1))) {
      Optional<String> beginning = literalAt(xml, at);
      if (beginning.isPresent()) {
        String end = requireNonNull(LITERAL.get(beginning.get()));
        int from = at + beginning.get().length();
        int to = xml.indexOf(end, from);
        if (to < 0) {
          break;
        }
        rewritten.append(REFERENCES.escape(xml.substring(done, at)));
        done = to + end.length();
        if (beginning.get().equals(CDATA)) {
          String text = XmlEscapers.xmlContentEscaper().escape(xml.substring(from, to));
          rewritten.append(REFERENCES.escape(text));
        } else if (at > 0) { // the declaration can only be at the beginning
          rewritten.append(unlessEscaped(xml.substring(at, done)));
        }
      }
    }
    return rewritten.append(REFERENCES.escape(xml.substring(done))).toString();
  }

  private static String unlessEscaped(String literal) {
    return REFERENCES.escape(literal).equals(literal) ? literal : "";
  }

  private static Optional<String> literalAt(String xml, int index) {
    return LITERAL.keySet().stream().filter(part -> xml.startsWith(part, index)).findFirst();
  }
}
