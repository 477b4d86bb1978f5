package command;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.nio.file.Path;

/** Text from outside, fit for a terminal: escaped, and without the secrets of URIs. */
public final class SafeText {
  private SafeText() {}

  /** Escapes a name. */
  public static String escape(String name) {
    return LogEscaper.escape(name);
  }

  /** Escapes a message whose names are escaped already. */
  public static String escapeMessage(String message) {
    return LogEscaper.escapeMessage(message);
  }

  /** Escapes all that is not ASCII; the values stay the same. */
  public static String escapeJson(String json) {
    return LogEscaper.escapeJson(json);
  }

  /** Escapes a name, and puts it into quotation marks. */
  public static String quote(String name) {
    return LogEscaper.quote(name);
  }

  /** Escapes the name of a file, and puts it into quotation marks. */
  public static String quote(Path file) {
    return quote(file.toString());
  }

  /** Escapes a URI without its secrets, and puts it into quotation marks. */
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
