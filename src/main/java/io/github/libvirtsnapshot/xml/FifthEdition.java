package io.github.libvirtsnapshot.xml;

import com.google.common.base.Strings;
import com.google.common.xml.XmlEscapers;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites a document for the JDK's parsers, whose names of XML 1.0 are those of its fourth
 * edition. libvirt takes the names of the fifth edition, which are those of XML 1.1.
 */
final class FifthEdition {
  private static final String DECLARATION = "<?xml version=\"1.1\"?>";

  /**
   * XML 1.1 forbids some of them unless they are character references, and makes line ends of
   * others.
   */
  private static final Pattern CHANGED = Pattern.compile("[\\x7f-\\x9f\\u2028]");

  /** There are no character references in comments, processing instructions and CDATA sections. */
  private static final Pattern REWRITTEN =
      Pattern.compile(
          "<!--.*?-->|<\\?.*?\\?>|<!\\[CDATA\\[(?<text>.*?)]]>|" + CHANGED, Pattern.DOTALL);

  private FifthEdition() {}

  /** Returns a document of XML 1.1 with the same elements, attributes and texts. */
  static String asXml11(String xml) {
    return DECLARATION + REWRITTEN.matcher(xml).replaceAll(FifthEdition::rewritten);
  }

  private static String rewritten(MatchResult found) {
    if (found.group().charAt(0) != '<') {
      return reference(found);
    }
    String text = Strings.nullToEmpty(found.group(1));
    return Matcher.quoteReplacement(
        CHANGED
            .matcher(XmlEscapers.xmlContentEscaper().escape(text))
            .replaceAll(FifthEdition::reference));
  }

  private static String reference(MatchResult character) {
    return "&#" + (int) character.group().charAt(0) + ";";
  }
}
