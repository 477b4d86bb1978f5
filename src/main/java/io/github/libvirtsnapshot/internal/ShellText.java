package io.github.libvirtsnapshot.internal;

import java.util.regex.Pattern;

/** Names from outside as words of a shell command in a message. */
public final class ShellText {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/_.+:][A-Za-z0-9/_.+:-]*");

  /** A name that virsh cannot take for the ID or the UUID of another domain. */
  private static final Pattern PLAIN_DOMAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,30}");

  private ShellText() {}

  /**
   * Returns a text as a word of a POSIX shell, quoted if necessary, as in {@code 'clean install'}.
   *
   * @param placeholder the word for a text that a message would not show as it is, or that a
   *     command would take as an option, as in {@code SNAPSHOT}
   */
  public static String word(String text, String placeholder) {
    if (PLAIN.matcher(text).matches()) {
      return text;
    }
    boolean isShownAsItIs = LogEscaper.escape(text).equals(text);
    return isShownAsItIs && !text.isEmpty() && !text.startsWith("-")
        ? "'" + text.replace("'", "'\\''") + "'"
        : placeholder;
  }

  /** Returns the name of a domain as a word of a virsh command, or the UUID if that is safer. */
  public static String domain(String name, String uuid) {
    return PLAIN_DOMAIN.matcher(name).matches() ? name : uuid;
  }
}
