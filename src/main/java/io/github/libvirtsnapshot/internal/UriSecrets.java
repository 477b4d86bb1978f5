package io.github.libvirtsnapshot.internal;

import com.google.common.base.CharMatcher;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces the secrets of URIs in a text, in linear time. In a malformed URI, it replaces too much
 * rather than too little.
 */
final class UriSecrets {
  private static final String HIDDEN = "***";
  private static final String BEGINNING = "://";
  private static final CharMatcher AROUND_URI =
      CharMatcher.whitespace().or(CharMatcher.anyOf("\"'<>`"));
  private static final CharMatcher END_OF_AUTHORITY = CharMatcher.anyOf("/?#");
  private static final CharMatcher END_OF_PARAMETER = CharMatcher.anyOf("&;#");
  private static final CharMatcher QUESTION = CharMatcher.is('?');
  private static final CharMatcher EQUALS = CharMatcher.is('=');
  private static final Pattern PORT = Pattern.compile("[0-9]{0,5}");
  private static final Pattern COLON = Pattern.compile(":|%3A", Pattern.CASE_INSENSITIVE);

  private static final Pattern SECRET_NAME =
      Pattern.compile(
          ".*(pass|pwd|secret|token|credential|signature).*|(.*[-_.])?(api)?key|sig",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private final String text;
  private final CharMatcher endOfUri;

  /** The index of the last at sign of the text: a password with a blank may end there. */
  private final int lastAt;

  private final StringBuilder without = new StringBuilder();

  private UriSecrets(String text, CharMatcher endOfUri) {
    this.text = text;
    this.endOfUri = endOfUri;
    this.lastAt = text.lastIndexOf('@');
  }

  /** Replaces each secret of the URIs in a text with three asterisks. */
  static String removedFrom(String text) {
    return new UriSecrets(text, AROUND_URI).remove();
  }

  /** Replaces each secret of a URI, which may have no host, with three asterisks. */
  static String removedFromUri(String uri) {
    UriSecrets secrets = new UriSecrets(uri, CharMatcher.none());
    if (uri.contains(BEGINNING)) {
      return secrets.remove();
    }
    secrets.appendWithParameters(uri);
    return secrets.without.toString();
  }

  private String remove() {
    int done = 0;
    int begin = text.indexOf(BEGINNING);
    while (begin >= 0) {
      int authority = begin + BEGINNING.length();
      without.append(text, done, authority);
      done = authority + appendUri(authority);
      begin = text.indexOf(BEGINNING, done);
    }
    return without.append(text, done, text.length()).toString();
  }

  /** Appends the part of a URI after the scheme, and returns its length in the text. */
  private int appendUri(int begin) {
    String uri = text.substring(begin, first(endOfUri, text, begin));
    int password = beginOfPassword(uri);
    if (password < 0) {
      appendWithParameters(uri);
      return uri.length();
    }
    without.append(uri, 0, password).append(HIDDEN);
    int end = uri.substring(0, first(QUESTION, uri, 0)).lastIndexOf('@');
    if (end >= password) {
      appendWithParameters(uri.substring(end));
      return uri.length();
    }
    return Math.max(uri.length(), lastAt - begin);
  }

  /**
   * Returns the index where the password begins, or -1 if there is none; its end may be unknown.
   */
  private static int beginOfPassword(String uri) {
    String authority = uri.substring(0, first(END_OF_AUTHORITY, uri, 0));
    int userEnd = authority.lastIndexOf('@');
    Matcher colon = COLON.matcher(userEnd < 0 ? authority : authority.substring(0, userEnd));
    if (authority.startsWith("[") || !colon.find()) {
      return -1;
    }
    boolean isPort = userEnd < 0 && PORT.matcher(authority.substring(colon.end())).matches();
    boolean isAtSignInPath = uri.substring(0, first(QUESTION, uri, 0)).indexOf('@') >= 0;
    return isPort && !isAtSignInPath ? -1 : colon.end();
  }

  private void appendWithParameters(String uri) {
    int done = first(QUESTION, uri, 0);
    without.append(uri, 0, done);
    while (done < uri.length()) {
      int begin = done + 1;
      done = first(END_OF_PARAMETER, uri, begin);
      int sign = first(EQUALS, uri, begin);
      boolean isSecret =
          sign < done
              && SECRET_NAME.matcher(PercentEncoding.decode(uri.substring(begin, sign))).matches();
      without.append(uri, begin - 1, isSecret ? sign + 1 : done).append(isSecret ? HIDDEN : "");
    }
  }

  private static int first(CharMatcher sought, String text, int from) {
    int found = sought.indexIn(text, from);
    return found < 0 ? text.length() : found;
  }
}
