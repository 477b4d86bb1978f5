package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import io.github.libvirtsnapshot.internal.PercentEncoding;
import java.util.Optional;
import java.util.regex.Pattern;

/** The URI of a connection, for programs that take it from somebody else. */
public final class ConnectUri {
  private static final Splitter PARAMETERS = Splitter.on(CharMatcher.anyOf("?&;#"));
  private static final Pattern PLAIN_PATH = Pattern.compile("[A-Za-z0-9/._+,:@=-]*");
  private static final CharMatcher OF_ANOTHER_URI = CharMatcher.anyOf("+?");

  private ConnectUri() {}

  /**
   * Returns the part of the URI, if there is one, that lets its author choose a program which
   * libvirt runs when it connects, here or on the host:
   *
   * <ul>
   *   <li>the transport {@code ext},
   *   <li>the parameter {@code command}: what runs instead of ssh,
   *   <li>the parameter {@code netcat}: what runs on the host,
   *   <li>the parameter {@code socket} with characters that a shell interprets: with ssh, a shell
   *       of the host gets them,
   *   <li>the parameter {@code name} with another transport or with parameters: the host connects
   *       so,
   *   <li>the parameter {@code root}: the folder of an embedded driver, whose definitions name
   *       programs,
   *   <li>the parameter {@code known_hosts}: a file that libvirt appends to, with libssh; it may be
   *       one that a shell reads.
   * </ul>
   *
   * <p>An alias of {@code libvirt.conf} has no such part: its URI is in a file of this machine.
   *
   * @return as in {@code transport ext} and {@code parameter command}
   * @see <a href="https://libvirt.org/uri.html">libvirt's connection URIs</a>
   */
  public static Optional<String> programChosenBy(String uri) {
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
