package io.github.libvirtsnapshot.internal;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.stream.Collectors.joining;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import java.lang.Character.UnicodeScript;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * Escapes text from outside for logs and terminals, so that a name cannot end a line, move the
 * cursor, reverse the direction of the text after it, or use invisible characters to look like
 * another name.
 */
public final class LogEscaper {
  /** More characters than a name or message of libvirt's has. */
  private static final int LONGEST = 10_000;

  private static final CharMatcher PLAIN_ASCII =
      CharMatcher.inRange(' ', '~').and(CharMatcher.isNot('\\'));
  private static final CharMatcher JSON_ASCII =
      CharMatcher.inRange(' ', '~').or(CharMatcher.is('\n'));

  /**
   * Invisible characters in categories of visible ones: those that are ignorable by default
   * according to Unicode, the blank Braille pattern, the blank note head, and the object
   * replacement character.
   *
   * @see <a href="https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point">UAX #44</a>
   */
  private static final ImmutableRangeSet<Integer> INVISIBLE =
      ImmutableRangeSet.<Integer>builder()
          .add(Range.singleton(0x034F))
          .add(Range.closed(0x115F, 0x1160))
          .add(Range.closed(0x17B4, 0x17B5))
          .add(Range.closed(0x180B, 0x180F))
          .add(Range.singleton(0x2065))
          .add(Range.singleton(0x2800))
          .add(Range.singleton(0x3164))
          .add(Range.closed(0xFE00, 0xFE0F))
          .add(Range.singleton(0xFFA0))
          .add(Range.closed(0xFFF0, 0xFFF8))
          .add(Range.singleton(0xFFFC))
          .add(Range.singleton(0x1D159))
          .add(Range.closed(0xE0000, 0xE0FFF))
          .build();

  /** The scripts in which a joiner changes the shape of letters. */
  private static final Set<UnicodeScript> JOINING =
      EnumSet.of(
          UnicodeScript.ARABIC,
          UnicodeScript.BENGALI,
          UnicodeScript.DEVANAGARI,
          UnicodeScript.GUJARATI,
          UnicodeScript.GURMUKHI,
          UnicodeScript.KANNADA,
          UnicodeScript.KHMER,
          UnicodeScript.MALAYALAM,
          UnicodeScript.MONGOLIAN,
          UnicodeScript.ORIYA,
          UnicodeScript.SINHALA,
          UnicodeScript.SYRIAC,
          UnicodeScript.TAMIL,
          UnicodeScript.TELUGU);

  private static final int NANO_DIGITS = 9;
  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private LogEscaper() {}

  /**
   * Escapes, as in Java source, backslashes and all characters that are invisible or look like
   * others: control characters, separators other than the space, invisible characters (except
   * joiners between emoji and between letters of scripts that need them), characters for private
   * use, characters that this JDK's Unicode version does not have, and unpaired surrogates. A text
   * of more than 10,000 characters is cut there, and its length is appended.
   */
  public static String escape(String text) {
    String shown = bounded(text);
    return PLAIN_ASCII.matchesAllOf(shown) ? shown : escaped(shown);
  }

  /**
   * Escapes a message that contains escaped texts: as {@link #escape} does, but keeps backslashes,
   * and does not cut a long message.
   */
  public static String escapeMessage(String message) {
    return PLAIN_ASCII.matchesAllOf(message)
        ? message
        : Splitter.on('\\').splitToStream(message).map(LogEscaper::escaped).collect(joining("\\"));
  }

  /** Escapes the text, including its quotation marks, and encloses it in quotation marks. */
  public static String quote(String text) {
    return '"' + escape(text).replace("\"", "\\\"") + '"';
  }

  /**
   * Escapes, as in JSON, each character of a JSON document that is not ASCII or is a control
   * character. The values of the document do not change; line ends are kept.
   */
  public static String escapeJson(String json) {
    StringBuilder escaped = new StringBuilder(json.length());
    for (int i = 0; i < json.length(); i++) {
      char unit = json.charAt(i);
      if (JSON_ASCII.matches(unit)) {
        escaped.append(unit);
      } else {
        appendUnit(escaped, unit);
      }
    }
    return escaped.toString();
  }

  /**
   * Replaces each secret of a URI in the text with three asterisks: the password after a user name,
   * as in {@code qemu+tls://user:secret@host/system}, and the value of a parameter whose name
   * indicates a secret, as in {@code ?password=secret}. A URI ends at white space and at quotation
   * marks. This method does not escape.
   */
  public static String withoutSecrets(String text) {
    return UriSecrets.removedFrom(text);
  }

  /** Does the same as {@link #withoutSecrets} for a text that is one URI as a whole. */
  public static String uriWithoutSecrets(String uri) {
    return UriSecrets.removedFromUri(uri);
  }

  /**
   * Returns a message from another program, such as libvirt, escaped and cut as by {@link #escape},
   * and without the secrets of URIs.
   */
  public static String escapeForeign(String message) {
    return escaped(withoutSecrets(bounded(message)));
  }

  /**
   * Returns the text, or its beginning if the text is longer than the limit. A pair of surrogates
   * is never cut in two.
   *
   * @param longest the maximum number of characters, more than the end has
   * @param end the end of a text that was cut
   */
  public static String truncate(String text, int longest, String end) {
    if (text.length() <= longest) {
      return text;
    }
    int kept = longest - end.length();
    checkArgument(kept > 0, "longest is %s; \"%s\" has as many characters", longest, end);
    return beginning(text, kept) + end;
  }

  /** Returns a duration in seconds, as in {@code 0.5 s}. */
  public static String seconds(Duration time) {
    BigDecimal seconds =
        BigDecimal.valueOf(time.getSeconds()).add(BigDecimal.valueOf(time.getNano(), NANO_DIGITS));
    return (seconds.signum() == 0 ? BigDecimal.ZERO : seconds.stripTrailingZeros()).toPlainString()
        + " s";
  }

  /** Returns a number and a noun, as in {@code 1 domain} and {@code 2 domains}. */
  public static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static String bounded(String text) {
    return text.length() <= LONGEST
        ? text
        : beginning(text, LONGEST) + "... (" + text.length() + " characters)";
  }

  private static String beginning(String text, int length) {
    boolean isWithinPair = Character.isSurrogatePair(text.charAt(length - 1), text.charAt(length));
    return text.substring(0, isWithinPair ? length - 1 : length);
  }

  private static String escaped(String text) {
    int[] codePoints = text.codePoints().toArray();
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < codePoints.length; i++) {
      if (isJoiner(codePoints[i]) && isJoining(codePoints, i)) {
        escaped.appendCodePoint(codePoints[i]);
      } else {
        append(escaped, codePoints[i]);
      }
    }
    return escaped.toString();
  }

  private static boolean isJoiner(int codePoint) {
    return codePoint == ZERO_WIDTH_NON_JOINER || codePoint == ZERO_WIDTH_JOINER;
  }

  /** Joiners combine emoji into one, and change the shape of letters in some scripts. */
  private static boolean isJoining(int[] codePoints, int i) {
    if (i == 0 || i == codePoints.length - 1) {
      return false;
    }
    int before = codePoints[i - 1];
    int after = codePoints[i + 1];
    return isEmoji(before) ? isEmoji(after) : isOfJoiningScript(before) && isOfJoiningScript(after);
  }

  private static boolean isEmoji(int codePoint) {
    int type = Character.getType(codePoint);
    return codePoint > Ascii.MAX
        && (type == Character.OTHER_SYMBOL || type == Character.MODIFIER_SYMBOL);
  }

  private static boolean isOfJoiningScript(int codePoint) {
    return JOINING.contains(UnicodeScript.of(codePoint));
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
            appendUnit(escaped, unit);
          }
        }
      }
    }
  }

  private static void appendUnit(StringBuilder escaped, char unit) {
    escaped.append("\\u").append(HexFormat.of().toHexDigits(unit));
  }

  private static boolean isPlain(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      case Character.SPACE_SEPARATOR -> codePoint == ' ';
      default -> !INVISIBLE.contains(codePoint);
    };
  }
}
