package io.github.libvirtsnapshot.internal;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/**
 * Checks arguments that become C strings: C cuts a string at a NUL, and UTF-8 has no unpaired
 * surrogates.
 */
public final class CStringArguments {
  private CStringArguments() {}

  /**
   * Returns the text, which must be a valid C string.
   *
   * @param name the caller's name for the argument
   */
  public static String check(String name, String text) {
    checkNotNull(text, "%s is null", name);
    int nul = text.indexOf('\0');
    checkArgument(
        nul < 0, "%s contains a NUL at index %s, where C would cut it: %s", name, nul, shown(text));
    checkArgument(
        UTF_8.newEncoder().canEncode(text),
        "%s contains an unpaired surrogate, which is not text: %s",
        name,
        shown(text));
    return text;
  }

  /** Returns the text, which must be null or a valid C string. */
  public static @Nullable String checkIfPresent(String name, @Nullable String text) {
    return text == null ? null : check(name, text);
  }

  private static String shown(String text) {
    return LogEscaper.quote(LogEscaper.truncate(LogEscaper.uriWithoutSecrets(text), 80, "..."));
  }
}
