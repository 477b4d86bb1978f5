package io.github.libvirtsnapshot.revert;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.github.libvirtsnapshot.DomainState;
import java.io.StringReader;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads what a revert needs to know out of a snapshot's XML. */
final class SnapshotXml {
  private static final int CACHED_CHARACTERS = 1_000_000;
  private static final XMLInputFactory READERS = XMLInputFactory.newDefaultFactory();

  static {
    READERS.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    READERS.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
  }

  /**
   * Reverting to one snapshot again and again is common; parsing costs more than getting the XML.
   */
  private static final Cache<String, String> STATES =
      CacheBuilder.newBuilder()
          .maximumWeight(CACHED_CHARACTERS)
          .weigher((String xml, String state) -> xml.length())
          .build();

  private SnapshotXml() {}

  /**
   * Returns the state that a revert without RUNNING or PAUSED leads to; empty for the few states
   * that no driver can revert to.
   *
   * @throws IllegalStateException if that is no snapshot's XML
   */
  static Optional<DomainState> stateToRevertTo(String xml) {
    String state = STATES.getIfPresent(xml);
    if (state == null) {
      state = stateTaken(xml);
      STATES.put(xml, state);
    }
    return switch (state) {
      case "running" -> Optional.of(DomainState.RUNNING);
      case "paused" -> Optional.of(DomainState.PAUSED);
      case "shutoff", "shutdown", "crashed", "disk-snapshot" -> Optional.of(DomainState.SHUTOFF);
      default -> Optional.empty();
    };
  }

  private static String stateTaken(String xml) {
    try {
      XMLStreamReader reader = READERS.createXMLStreamReader(new StringReader(xml));
      int depth = 0;
      while (reader.hasNext()) {
        int event = reader.next();
        if (event == XMLStreamReader.START_ELEMENT) {
          depth++;
          if (depth == 2 && reader.getLocalName().equals("state")) {
            return reader.getElementText();
          }
        } else if (event == XMLStreamReader.END_ELEMENT) {
          depth--;
        }
      }
      throw new IllegalStateException("libvirt described a snapshot without a <state>: " + xml);
    } catch (XMLStreamException e) {
      throw new IllegalStateException("libvirt described a snapshot in broken XML: " + xml, e);
    }
  }
}
