package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.PercentEncoding;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Reads the URI of a connection. */
final class ConnectUri {
  private static final Splitter PARAMETERS = Splitter.on(CharMatcher.anyOf("?&;#"));
  private static final Pattern PLAIN_PATH = Pattern.compile("[A-Za-z0-9/._+,:@=-]*");
  private static final CharMatcher OF_ANOTHER_URI = CharMatcher.anyOf("+?");

  private static final Pattern TLS = Pattern.compile("TLS|certificate");

  private static final String LOCAL = ":///";

  /**
   * The schemes of libvirt's drivers, in lower case.
   *
   * @see <a href="https://libvirt.org/drivers.html">Internal drivers</a>
   */
  private static final ImmutableSet<String> SCHEMES =
      ImmutableSet.of(
          "bhyve",
          "ch",
          "esx",
          "gsx",
          "hyperv",
          "interface",
          "lxc",
          "network",
          "nodedev",
          "nwfilter",
          "openvz",
          "parallels",
          "qemu",
          "remote",
          "secret",
          "storage",
          "test",
          "vbox",
          "vmwarefusion",
          "vmwareplayer",
          "vmwarews",
          "vpx",
          "vz",
          "xen");

  private ConnectUri() {}

  /**
   * Returns what the user can check if a connection to the URI can't be opened, if that is known.
   */
  static Optional<String> hint(String uri, LibvirtError error) {
    String scheme = scheme(uri).replaceFirst("\\+.*", "");
    if (!scheme.isEmpty() && !SCHEMES.contains(scheme)) {
      return Optional.of(
          "the scheme "
              + LogEscaper.quote(scheme)
              + " is unknown; "
              + similarScheme(scheme)
                  .map("did you mean %s?"::formatted)
                  .orElse("for QEMU and KVM, use qemu"));
    }
    if (isOfCertificates(error)) {
      return Optional.of(
          "check the certificates of the host and of this client: has one expired, is the issuer of"
              + " each known to the other side, and does the host's contain the host name of the"
              + " URI? (openssl x509 -in FILE -noout -dates -issuer -ext subjectAltName)");
    }
    boolean socketFailed =
        error.getCode() == ErrorNumber.VIR_ERR_SYSTEM_ERROR
            && error.getDomain() == ErrorDomain.VIR_FROM_RPC;
    return socketFailed && isOfLocalSocket(uri)
        ? Optional.of(
            "is libvirtd (or virtqemud) running on this host, and may this user connect to it?")
        : Optional.empty();
  }

  private static boolean isOfLocalSocket(String uri) {
    String scheme = scheme(uri);
    return uri.contains(LOCAL) && (!scheme.contains("+") || scheme.endsWith("+unix"));
  }

  /** libvirt can translate these words; then there is no hint. */
  static boolean isOfCertificates(LibvirtError error) {
    return error.getCode() == ErrorNumber.VIR_ERR_AUTH_FAILED
        && error.getDomain() == ErrorDomain.VIR_FROM_RPC
        && error.getMessage() != null
        && TLS.matcher(error.getMessage()).find();
  }

  /** Returns the scheme with its transport, in lower case; empty if there is none. */
  private static String scheme(String uri) {
    return Ascii.toLowerCase(uri.substring(0, Math.max(uri.indexOf(':'), 0)));
  }

  /** A scheme is similar if a third of its characters or fewer have to be changed. */
  private static Optional<String> similarScheme(String scheme) {
    return SCHEMES.stream()
        .filter(known -> distance(scheme, known) * 3 <= known.length())
        .min(Comparator.comparingInt(known -> distance(scheme, known)));
  }

  /** Returns the Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = IntStream.rangeClosed(0, b.length()).toArray();
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  /** See {@link Connect#programChosenBy}. */
  static Optional<String> programChosenBy(String uri) {
    checkNotNull(uri, "uri is null");
    if (scheme(uri).endsWith("+ext")) {
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

  /** libvirt decodes a name, cuts it at the first NUL, and ignores its case. */
  private static String name(String parameter) {
    int sign = parameter.indexOf('=');
    String name = PercentEncoding.decode(sign < 0 ? parameter : parameter.substring(0, sign));
    int end = name.indexOf('\0');
    return Ascii.toLowerCase(end < 0 ? name : name.substring(0, end));
  }
}
