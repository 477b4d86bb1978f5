package io.github.libvirtsnapshot.internal;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Guards what becomes a C string: C would cut it at a NUL, and UTF-8 has no unpaired surrogates.
 */
public final class CStringArguments {
  private CStringArguments() {}

  /**
   * Returns the text.
   *
   * @param name what the caller knows the argument as
   */
  public static String check(String name, String text) {
    checkNotNull(text, "%s is null", name);
    int nul = text.indexOf('\0');
    checkArgument(
        nul < 0, "%s has a NUL at index %s, where C would cut it: %s", name, nul, shown(text));
    checkArgument(
        UTF_8.newEncoder().canEncode(text),
        "%s has an unpaired surrogate, not text: %s",
        name,
        shown(text));
    return text;
  }

  /** Returns the text, which may be null. */
  public static String checkIfPresent(String name, String text) {
    return text == null ? null : check(name, text);
  }

  private static String shown(String text) {
    return LogEscaper.quote(LogEscaper.truncate(LogEscaper.uriWithoutSecrets(text), 80, "..."));
  }
}
