package io.github.libvirtsnapshot.xml;

/** The characters that XML forbids and libvirt takes and hands out, as in a description. */
final class Noncharacters {
  private static final char REPLACEMENT = '\ufffd';

  private Noncharacters() {}

  /** Returns a document with the replacement character in place of each. */
  static String replacedIn(String xml) {
    return xml.replace('\ufffe', REPLACEMENT).replace('\uffff', REPLACEMENT);
  }
}
