package io.github.libvirtsnapshot.xml;

import com.google.common.base.CharMatcher;

/** The characters that XML forbids and libvirt takes and hands out, as in a description. */
final class Noncharacters {
  private static final CharMatcher ALL = CharMatcher.anyOf("\ufffe\uffff");

  private Noncharacters() {}

  /** Returns a document with the replacement character in place of each. */
  static String replacedIn(String xml) {
    return ALL.replaceFrom(xml, '\ufffd');
  }
}
