package io.github.libvirtsnapshot.creation;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.descriptions.SafetySnapshotNote;

/** Checks the name and the description of a snapshot before libvirt is called. */
final class SnapshotTexts {
  /**
   * libvirt stores the metadata in a file that is first named after the snapshot and {@code
   * .xml.new}. If that name is longer than 255 bytes, libvirt takes the snapshot, and then fails.
   */
  private static final int MAX_BYTES = 247;

  private static final CharMatcher NOT_IN_XML =
      CharMatcher.inRange('\0', '\37')
          .and(CharMatcher.noneOf("\t\n\r"))
          .or(CharMatcher.anyOf("\ufffe\uffff"));

  private SnapshotTexts() {}

  /** Returns the name if libvirt can use it. */
  static String checkName(String name) {
    checkText("name", name);
    checkArgument(!name.isEmpty(), "name is empty; libvirt would choose another name");
    checkArgument(
        name.indexOf('/') < 0 && !name.startsWith("."),
        "name is %s; libvirt requires a name without \"/\" that does not begin with \".\"",
        LogEscaper.quote(name));
    int bytes = name.getBytes(UTF_8).length;
    checkArgument(
        bytes <= MAX_BYTES,
        "name is %s; it has %s bytes in UTF-8, and libvirt can store at most %s",
        LogEscaper.quote(LogEscaper.truncate(name, 80, "...")),
        bytes,
        MAX_BYTES);
    checkArgument(
        !SafetySnapshotNote.isName(name),
        "name is %s, which looks like the name of a safety snapshot; choose another name, because"
            + " an undo deletes safety snapshots",
        LogEscaper.quote(name));
    return name;
  }

  /** Returns the text if XML can contain it. */
  static String checkText(String argument, String text) {
    CStringArguments.check(argument, text);
    int index = NOT_IN_XML.indexIn(text);
    checkArgument(
        index < 0,
        "%s contains a character that XML cannot contain, at index %s: %s",
        argument,
        index,
        LogEscaper.quote(LogEscaper.truncate(text, 80, "...")));
    return text;
  }
}
