package io.github.libvirtsnapshot.internal;

import java.nio.charset.StandardCharsets;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Decodes the percent-encoded characters of a URI, as in {@code %2F}. */
public final class PercentEncoding {
  private static final Pattern ENCODED = Pattern.compile("%([0-9A-Fa-f]{2})");
  private static final int HEXADECIMAL = 16;

  private PercentEncoding() {}

  /** Decodes all valid encodings, and keeps the rest of the text. */
  public static String decode(String text) {
    return ENCODED.matcher(text).replaceAll(PercentEncoding::decoded);
  }

  private static String decoded(MatchResult encoded) {
    byte[] unit = {(byte) Integer.parseInt(encoded.group(1), HEXADECIMAL)};
    return Matcher.quoteReplacement(new String(unit, StandardCharsets.ISO_8859_1));
  }
}
