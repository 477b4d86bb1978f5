package io.github.libvirtsnapshot.xml;

import com.google.common.collect.ImmutableList;

/**
 * The limits of the JDK's parsers. The defaults are lower than libvirt's limits, so they are
 * disabled: all XML that libvirt accepts must be readable. libvirt allows names of 50,000
 * characters and texts of 10 MB.
 */
final class XmlLimits {
  /**
   * The maximum number of nested elements. libvirt accepts 257 levels in the metadata of a domain;
   * the XML of a snapshot of that domain has 260.
   */
  static final int LEVELS = 512;

  static final String NONE = "0";

  static final ImmutableList<String> PROPERTIES =
      ImmutableList.of(
          "jdk.xml.maxXMLNameLimit",
          "jdk.xml.elementAttributeLimit",
          "jdk.xml.maxElementDepth",
          "jdk.xml.maxGeneralEntitySizeLimit",
          "jdk.xml.totalEntitySizeLimit",
          "jdk.xml.entityExpansionLimit");

  private XmlLimits() {}
}
