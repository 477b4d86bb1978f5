package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import io.github.libvirtsnapshot.internal.PercentEncoding;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds what the URI of a connection lets its author choose. */
final class ConnectUri {
  private static final Splitter PARAMETERS = Splitter.on(CharMatcher.anyOf("?&;#"));
  private static final Pattern PLAIN_PATH = Pattern.compile("[A-Za-z0-9/._+,:@=-]*");
  private static final CharMatcher OF_ANOTHER_URI = CharMatcher.anyOf("+?");

  private ConnectUri() {}

  /** Returns what {@link Connect#programChosenBy} does. */
  static Optional<String> programChosenBy(String uri) {
    checkNotNull(uri, "uri is null");
    String scheme = uri.substring(0, Math.max(uri.indexOf(':'), 0));
    if (Ascii.toLowerCase(scheme).endsWith("+ext")) {
      return Optional.of("transport ext");
    }
    return PARAMETERS
        .splitToStream(uri)
        .skip(1)
        .filter(ConnectUri::choosesProgram)
        .map(parameter -> "parameter " + name(parameter))
        .findFirst();
  }

  private static boolean choosesProgram(String parameter) {
    String value = PercentEncoding.decode(parameter.substring(parameter.indexOf('=') + 1));
    return switch (name(parameter)) {
      case "command", "netcat", "root", "known_hosts" -> true;
      case "socket" -> !PLAIN_PATH.matcher(value).matches();
      case "name" -> OF_ANOTHER_URI.matchesAnyOf(value);
      default -> false;
    };
  }

  /** As libvirt reads it: decoded, to the first NUL, and in any case. */
  private static String name(String parameter) {
    int sign = parameter.indexOf('=');
    String name = PercentEncoding.decode(sign < 0 ? parameter : parameter.substring(0, sign));
    int end = name.indexOf('\0');
    return Ascii.toLowerCase(end < 0 ? name : name.substring(0, end));
  }
}
