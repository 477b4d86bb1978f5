package io.github.libvirtsnapshot.xml;

import com.google.common.collect.ImmutableList;

/**
 * The limits of the JDK's parsers, which are lower than those of libvirt's: what libvirt has taken
 * and hands out is read. libvirt allows names of 50,000 characters and texts of 10 MB.
 */
final class XmlLimits {
  /**
   * How many elements may be within each other. libvirt reads 257, of the metadata of a domain
   * alone: the XML of a snapshot of that domain has 260.
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
