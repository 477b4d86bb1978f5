package durable;

import io.github.libvirtsnapshot.internal.LogEscaper;

/**
 * Makes untrusted text safe for a terminal. No other class of this example uses internal classes.
 */
final class SafeText {
  private SafeText() {}

  /** Escapes control characters and invisible characters of a name. */
  static String name(String name) {
    return LogEscaper.escape(name);
  }

  /** Escapes a URI as {@link #name} does, and removes its secrets. */
  static String uri(String uri) {
    return LogEscaper.escape(LogEscaper.uriWithoutSecrets(uri));
  }

  /** Escapes a message as {@link #name} does, except backslashes, and removes secrets. */
  static String message(String message) {
    return LogEscaper.escapeMessage(LogEscaper.withoutSecrets(message));
  }
}
