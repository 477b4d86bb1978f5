package io.github.libvirtsnapshot.snapshots;

import com.google.common.base.CharMatcher;
import com.google.common.base.Strings;
import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.xml.XmlStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Reads what the XML of a snapshot says of the snapshot itself. That comes before the domain that
 * it describes, which is most of it and is left unread.
 */
final class SnapshotXml implements XmlStream.Visitor {
  private final Map<String, Kept> disks = new LinkedHashMap<>();
  private final Map<String, String> texts = new LinkedHashMap<>();
  private Kept memory = Kept.NOT_SAID;
  private String disk = "";
  private String kept = "";
  private boolean describesDomain;

  @Override
  public boolean enter(String path, UnaryOperator<String> attribute) {
    switch (path) {
      case "memory" -> memory = kept(attribute.apply("snapshot"), attribute.apply("file"));
      case "disks/disk" -> {
        disk = Strings.nullToEmpty(attribute.apply("name"));
        kept = attribute.apply("snapshot");
        disks.put(disk, kept(kept, null));
      }
      case "disks/disk/source" -> disks.put(disk, kept(kept, attribute.apply("file")));
      case "domain" -> describesDomain = true;
      default -> {}
    }
    return !describesDomain;
  }

  private static Kept kept(String where, String file) {
    return new Kept(Strings.nullToEmpty(where), Optional.ofNullable(Strings.emptyToNull(file)));
  }

  @Override
  public boolean leave(String path, String text) {
    texts.putIfAbsent(path, text);
    return true;
  }

  /** Returns what was read, or empty if there was no state. */
  Optional<SnapshotDetails> details() {
    return word("state")
        .map(
            state ->
                new SnapshotDetails(
                    texts.getOrDefault("name", ""),
                    Optional.ofNullable(texts.get("description")),
                    state,
                    word("creationTime").map(Longs::tryParse),
                    Optional.ofNullable(texts.get("parent/name")),
                    memory,
                    disks,
                    describesDomain,
                    Optional.empty(),
                    Optional.empty()));
  }

  private Optional<String> word(String path) {
    return Optional.ofNullable(texts.get(path)).map(CharMatcher.whitespace()::trimFrom);
  }
}
