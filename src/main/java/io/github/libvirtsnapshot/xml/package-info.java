/** Reads the XML that libvirt writes, with the JDK's parsers. Internal to the library. */
package io.github.libvirtsnapshot.xml;
