package io.github.libvirtsnapshot.xml;

/**
 * The characters that XML forbids but libvirt accepts and returns, for example in a description.
 */
final class Noncharacters {
  private static final char REPLACEMENT = '\ufffd';

  private Noncharacters() {}

  /** Returns the document with each such character replaced by U+FFFD. */
  static String replacedIn(String xml) {
    return xml.replace('\ufffe', REPLACEMENT).replace('\uffff', REPLACEMENT);
  }
}
