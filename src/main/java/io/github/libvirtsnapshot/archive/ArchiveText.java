package io.github.libvirtsnapshot.archive;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The text of a {@link SnapshotArchive}; {@link SnapshotArchive#toText} has the rules. */
final class ArchiveText {
  /** A higher number is for a text that an earlier release must not read. */
  private static final String CURRENT_FORMAT = "1";

  private static final String ROOT = "snapshotArchive";
  private static final String DISK = "disk";
  private static final String TARGET = "target";
  private static final String IMAGE = "image";
  private static final int MOST_SHOWN = 80;

  private static final String WAY_OUT =
      "; pass the whole text that SnapshotArchive.toText() returned, unchanged";

  private ArchiveText() {}

  static String write(SnapshotArchive archive) {
    StringBuilder text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.append("<snapshotArchive format=\"" + CURRENT_FORMAT + "\">\n<domain>\n");
    appendLine(text, XmlNode.ofText("name", archive.domainName()));
    appendLine(text, XmlNode.ofText("uuid", archive.domainUuid()));
    archive
        .images()
        .forEach(
            (target, image) ->
                appendLine(text, XmlNode.ofAttributes(DISK, Map.of(TARGET, target, IMAGE, image))));
    text.append("</domain>\n");
    archive.current().ifPresent(name -> appendLine(text, XmlNode.ofText("current", name)));
    text.append("<snapshots>\n");
    archive.snapshots().forEach(snapshot -> appendLine(text, snapshot.xml()));
    return text.append("</snapshots>\n</snapshotArchive>\n").toString();
  }

  private static void appendLine(StringBuilder text, XmlNode element) {
    text.append(element.exactXml()).append('\n');
  }

  static SnapshotArchive parse(String text) {
    CStringArguments.check("text", text);
    try {
      return archive(XmlNode.parseWithComments(text));
    } catch (UnreadableXmlException e) {
      throw new IllegalArgumentException(e.getMessage() + WAY_OUT, e);
    }
  }

  private static SnapshotArchive archive(XmlNode root) {
    checkText(
        root.name().equals(ROOT), "the text is not an archive: it is a " + shown(root.name()));
    String format = root.text("@format");
    checkArgument(
        format.equals(CURRENT_FORMAT),
        "format is %s, and this release reads format %s; read the text with the release that wrote"
            + " it, or with a newer release",
        shown(format),
        CURRENT_FORMAT);
    SnapshotArchive archive =
        new SnapshotArchive(
            ownText(root, "domain/name").orElse(""),
            SnapshotArchive.checkUuid(root.text("domain/uuid")),
            images(root),
            root.all("snapshots/domainsnapshot").stream().map(ArchivedSnapshot::new).toList(),
            ownText(root, "current"));
    check(archive);
    return archive;
  }

  private static Map<String, String> images(XmlNode root) {
    return root.all("domain/" + DISK).stream()
        .collect(
            Collectors.toMap(
                disk -> disk.text("@" + TARGET),
                disk -> disk.text("@" + IMAGE),
                (first, second) -> second));
  }

  private static Optional<String> ownText(XmlNode root, String path) {
    return root.first(path).map(XmlNode::ownText);
  }

  private static void check(SnapshotArchive archive) {
    checkText(!archive.domainName().isEmpty(), "the name of the domain is missing");
    Set<String> names = new HashSet<>();
    for (ArchivedSnapshot snapshot : archive.snapshots()) {
      check(snapshot, archive.domainUuid(), names);
      names.add(snapshot.name());
    }
    archive
        .current()
        .ifPresent(
            name ->
                checkText(
                    names.contains(name),
                    "the current snapshot " + shown(name) + " is not in the archive"));
  }

  private static void check(ArchivedSnapshot snapshot, String uuid, Set<String> before) {
    String name = snapshot.name();
    checkText(!name.isEmpty(), "a snapshot has no name");
    checkText(!before.contains(name), "the snapshot " + shown(name) + " occurs twice");
    snapshot
        .parent()
        .ifPresent(
            parent ->
                checkText(
                    before.contains(parent),
                    "the snapshot " + shown(name) + " is not after its parent " + shown(parent)));
    checkText(
        List.of("", uuid).contains(snapshot.domainUuid()),
        "the snapshot "
            + shown(name)
            + " is of the domain with UUID "
            + shown(snapshot.domainUuid())
            + ", and the archive of the domain with UUID "
            + shown(uuid));
    var unused = snapshot.description();
  }

  private static void checkText(boolean isValid, String reason) {
    if (!isValid) {
      throw new IllegalArgumentException(reason + WAY_OUT);
    }
  }

  private static String shown(String text) {
    return LogEscaper.quote(LogEscaper.truncate(text, MOST_SHOWN, "..."));
  }
}
