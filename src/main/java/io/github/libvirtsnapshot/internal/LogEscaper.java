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
 * Text from outside, fit for a log or a terminal: a name can't end a line, move the cursor, turn
 * the direction of what follows, or look like another name because a character of it can't be seen.
 */
public final class LogEscaper {
  /** More than any name or message of libvirt's has. */
  private static final int LONGEST = 10_000;

  private static final CharMatcher PLAIN_ASCII =
      CharMatcher.inRange(' ', '~').and(CharMatcher.isNot('\\'));
  private static final CharMatcher JSON_ASCII =
      CharMatcher.inRange(' ', '~').or(CharMatcher.is('\n'));

  /**
   * The characters that Unicode calls ignorable by default and puts into a category of visible
   * ones, the blank Braille pattern, the blank note head and the place of an object.
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

  /** The scripts in which a joiner changes how letters are written. */
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
   * Escapes, as in Java source, backslashes and all characters that can't be seen or told from
   * others: control characters, separators other than the space, invisible characters (but for the
   * joiners between emoji and between letters of scripts that need them), characters for private
   * use, those that this JDK's Unicode does not know, and unpaired surrogates. Of a text of more
   * than 10,000 characters the rest is left out, and the number of its characters is appended.
   */
  public static String escape(String text) {
    String shown = bounded(text);
    return PLAIN_ASCII.matchesAllOf(shown) ? shown : escaped(shown);
  }

  /**
   * Escapes a message that is put together from texts that were escaped: as {@link #escape} does,
   * but backslashes stay, and nothing is left out of a long message.
   */
  public static String escapeMessage(String message) {
    return PLAIN_ASCII.matchesAllOf(message)
        ? message
        : Splitter.on('\\').splitToStream(message).map(LogEscaper::escaped).collect(joining("\\"));
  }

  /** Escapes the text, its quotation marks too, and puts it into quotation marks. */
  public static String quote(String text) {
    return '"' + escape(text).replace("\"", "\\\"") + '"';
  }

  /**
   * Escapes, as JSON does, each character of a JSON document that is not ASCII or is a control
   * character. The document has the same values as before; line ends stay.
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
   * Returns the text with three asterisks in place of each secret of a URI in it: the password
   * after a user's name, as in {@code qemu+tls://user:secret@host/system}, and the value of a
   * parameter whose name says that it is one, as in {@code ?password=secret}. A URI ends at white
   * space and at quotation marks. Does not escape.
   */
  public static String withoutSecrets(String text) {
    return UriSecrets.removedFrom(text);
  }

  /** Returns a URI without its secrets, as {@link #withoutSecrets} does. All of it is the URI. */
  public static String uriWithoutSecrets(String uri) {
    return UriSecrets.removedFromUri(uri);
  }

  /**
   * Returns a message that somebody else has written, as libvirt, escaped and bounded as {@link
   * #escape} does, and without the secrets of URIs in it.
   */
  public static String escapeForeign(String message) {
    return escaped(withoutSecrets(bounded(message)));
  }

  /**
   * Returns a text, or its beginning where it is longer. A character that takes a pair of
   * surrogates is not cut in two.
   *
   * @param longest how many characters to return at most, more than the end has
   * @param end what a cut text ends with
   */
  public static String truncate(String text, int longest, String end) {
    if (text.length() <= longest) {
      return text;
    }
    int kept = longest - end.length();
    checkArgument(kept > 0, "longest is %s; \"%s\" has as many characters", longest, end);
    return beginning(text, kept) + end;
  }

  /** Returns a time in seconds, as in {@code 0.5 s}. */
  public static String seconds(Duration time) {
    BigDecimal seconds =
        BigDecimal.valueOf(time.getSeconds()).add(BigDecimal.valueOf(time.getNano(), NANO_DIGITS));
    return (seconds.signum() == 0 ? BigDecimal.ZERO : seconds.stripTrailingZeros()).toPlainString()
        + " s";
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

  /** Emoji are joined to one, and letters of some scripts change their shape. */
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
