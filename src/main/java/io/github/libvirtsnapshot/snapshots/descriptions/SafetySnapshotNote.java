package io.github.libvirtsnapshot.snapshots.descriptions;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name and the text that describe a safety snapshot. The text contains what libvirt does not
 * store with a snapshot.
 */
public final class SafetySnapshotNote {
  private static final String OF_DISK = "(?:[0-9a-f]{16}|unread)";

  private static final Pattern BACKING_IMAGES =
      Pattern.compile(
          "Safety snapshot \\(backing images (" + OF_DISK + "(?: " + OF_DISK + ")*+)\\), ");

  private static final Pattern NAME =
      Pattern.compile("before-revert-[0-9]{4}-[0-9T.-]{18}Z-[0-9a-f-]{36}");

  private SafetySnapshotNote() {}

  /** Returns whether a name has the form of a safety snapshot's name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * Returns the description of a safety snapshot.
   *
   * @param target the name of the snapshot to revert to
   * @param backingImages identifies the backing images of each disk, in 16 hexadecimal digits or
   *     the word {@code unread}
   */
  public static String text(String target, Optional<String> backingImages) {
    return "Safety snapshot"
        + backingImages.map(hash -> " (backing images " + hash + ")").orElse("")
        + ", taken before reverting to "
        + target;
  }

  /** Returns the backing images in a description, if it is that of a safety snapshot. */
  public static Optional<String> backingImages(Optional<String> description) {
    return description
        .map(BACKING_IMAGES::matcher)
        .filter(Matcher::lookingAt)
        .map(matcher -> matcher.group(1));
  }
}
