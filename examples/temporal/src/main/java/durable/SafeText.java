package durable;

import io.github.libvirtsnapshot.internal.LogEscaper;

/** Text from outside, fit for a terminal; the only place that uses an internal class. */
final class SafeText {
  private SafeText() {}

  /** Returns a name with control characters and invisible ones escaped. */
  static String name(String name) {
    return LogEscaper.escape(name);
  }

  /** Returns a URI as {@link #name} does, without its secrets. */
  static String uri(String uri) {
    return LogEscaper.escape(LogEscaper.uriWithoutSecrets(uri));
  }

  /** Returns a message as {@link #name} does, with backslashes as they are, without secrets. */
  static String message(String message) {
    return LogEscaper.escapeMessage(LogEscaper.withoutSecrets(message));
  }
}
