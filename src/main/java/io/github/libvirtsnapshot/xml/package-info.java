/** Reads the XML that libvirt writes, with the JDK's parsers. Internal to the library. */
@NullMarked
package io.github.libvirtsnapshot.xml;

import org.jspecify.annotations.NullMarked;
