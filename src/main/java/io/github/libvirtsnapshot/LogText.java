package io.github.libvirtsnapshot;

import com.google.common.base.CharMatcher;
import java.math.BigDecimal;
import java.time.Duration;

/**
 * Text from outside, fit for a log or a terminal: a name can't end a line, move the cursor, or turn
 * the direction of what follows.
 */
public final class LogText {
  private static final CharMatcher PLAIN_ASCII =
      CharMatcher.inRange(' ', '~').and(CharMatcher.isNot('\\'));
  private static final int NANO_DIGITS = 9;
  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private LogText() {}

  /**
   * Escapes, as in Java source, control characters, line separators, invisible formatting
   * characters (but for the joiners that emoji and some scripts need), unpaired surrogates and
   * backslashes.
   */
  public static String escape(String text) {
    if (PLAIN_ASCII.matchesAllOf(text)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints().forEach(codePoint -> append(escaped, codePoint));
    return escaped.toString();
  }

  /** Escapes the text, its quotation marks too, and puts it into quotation marks. */
  public static String quote(String text) {
    return '"' + escape(text).replace("\"", "\\\"") + '"';
  }

  /** Returns a time in seconds, as in {@code 0.5 s}. */
  public static String seconds(Duration time) {
    BigDecimal seconds =
        BigDecimal.valueOf(time.getSeconds()).add(BigDecimal.valueOf(time.getNano(), NANO_DIGITS));
    return (seconds.signum() == 0 ? BigDecimal.ZERO : seconds.stripTrailingZeros()).toPlainString()
        + " s";
  }

  private static void append(StringBuilder escaped, int codePoint) {
    switch (codePoint) {
      case '\n' -> escaped.append("\\n");
      case '\r' -> escaped.append("\\r");
      case '\t' -> escaped.append("\\t");
      case '\\' -> escaped.append("\\\\");
      default -> {
        if (isPlain(codePoint)) {
          escaped.appendCodePoint(codePoint);
        } else {
          for (char unit : Character.toChars(codePoint)) {
            escaped.append(String.format("\\u%04x", (int) unit));
          }
        }
      }
    }
  }

  private static boolean isPlain(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      case Character.FORMAT -> codePoint == ZERO_WIDTH_NON_JOINER || codePoint == ZERO_WIDTH_JOINER;
      default -> true;
    };
  }
}
