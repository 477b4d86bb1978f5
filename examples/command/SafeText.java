package command;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.nio.file.Path;

/** Makes untrusted text safe for a terminal: escapes it, and removes the secrets of URIs. */
public final class SafeText {
  private SafeText() {}

  /** Escapes a name. */
  public static String escape(String name) {
    return LogEscaper.escape(name);
  }

  /** Escapes a message in which names are escaped already. */
  public static String escapeMessage(String message) {
    return LogEscaper.escapeMessage(message);
  }

  /** Escapes the characters of a JSON text that are not ASCII; its values do not change. */
  public static String escapeJson(String json) {
    return LogEscaper.escapeJson(json);
  }

  /** Escapes and quotes a name. */
  public static String quote(String name) {
    return LogEscaper.quote(name);
  }

  /** Escapes and quotes the name of a file. */
  public static String quote(Path file) {
    return quote(file.toString());
  }

  /** Escapes and quotes a URI, with asterisks for its secrets. */
  public static String quoteUri(String uri) {
    return quote(uriWithoutSecrets(uri));
  }

  /** Returns a URI with asterisks for its secrets. Does not escape. */
  public static String uriWithoutSecrets(String uri) {
    return LogEscaper.uriWithoutSecrets(uri);
  }

  /** Returns a message with asterisks for the secrets of URIs in it. Does not escape. */
  public static String withoutSecrets(String message) {
    return LogEscaper.withoutSecrets(message);
  }
}
