package io.github.libvirtsnapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the escaping of text from outside for logs, terminals and JSON. */
class LogEscaperTest {
  private static final int LONGEST = 10_000;

  @Test
  void escapesLikeJavaSource() {
    assertEquals("\"\"", LogEscaper.quote(""));
    assertEquals("\"a\\\"b\\\\c\"", LogEscaper.quote("a\"b\\c"));
    assertEquals("a\\nb\\rc\\td\\u001b[31m", LogEscaper.escape("a\nb\rc\td\u001b[31m"));
    assertEquals("\\ud800x", LogEscaper.escape("\ud800x"));
  }

  /** C1 controls, separators, bidirectional controls, and characters without a glyph. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        0x7F, 0x85, 0x9B, 0x9D, 0xA0, 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E,
        0x180F, 0x2003, 0x200B, 0x200C, 0x200D, 0x200F, 0x2028, 0x2029, 0x202E, 0x2065, 0x2066,
        0x2800, 0x3000, 0x3164, 0xE000, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0, 0xFFF9, 0xFFFC,
        0xFFFF, 0xFDD0, 0x1D159, 0x1D173, 0xE0041, 0xE0100, 0xE01EF, 0xE0FFF, 0x10FFFD
      })
  void escapesInvisibleCharacters(int codePoint) {
    StringBuilder escaped = new StringBuilder("golden");
    for (char unit : Character.toChars(codePoint)) {
      escaped.append(String.format("\\u%04x", (int) unit));
    }

    assertEquals(escaped.toString(), LogEscaper.escape("golden" + Character.toString(codePoint)));
  }

  @Test
  void keepsAllLanguagesAndEmoji() {
    String words =
        "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 é ж 漢 한글 \u0645\u06cc\u200c\u062e\u0648";

    assertEquals(words, LogEscaper.escape(words));
  }

  @Test
  void escapesJoinerBetweenOtherCharacters() {
    assertEquals("gold\\u200den", LogEscaper.escape("gold\u200den"));
    assertEquals("é\\u200d", LogEscaper.escape("é\u200d"));
    assertEquals("\\u200cé", LogEscaper.escape("\u200cé"));
    assertEquals("é\\u200dé", LogEscaper.escape("é\u200dé"));
    assertEquals("сер\\u200cвер", LogEscaper.escape("сер\u200cвер"));
  }

  @Test
  void cutsLongText() {
    String longest = "x".repeat(LONGEST);

    assertEquals(longest, LogEscaper.escape(longest));
    assertEquals(longest + "... (10001 characters)", LogEscaper.escape(longest + "y"));
    assertEquals(
        "x".repeat(LONGEST - 1) + "... (10001 characters)",
        LogEscaper.escape("x".repeat(LONGEST - 1) + "\ud83d\udc68"));
  }

  @Test
  void escapesJsonWithoutChangingValues() {
    assertEquals("{\n \"\\\"a\\\\\"}", LogEscaper.escapeJson("{\n \"\\\"a\\\\\"}"));
    assertEquals(
        "\"\\u007f\\u009b\\u202e\\u3164\\ud83d\\udc68\\ud800\"",
        LogEscaper.escapeJson("\"\u007f\u009b\u202e\u3164\ud83d\udc68\ud800\""));
  }

  @ParameterizedTest
  @CsvSource({
    "qemu+tls://fred:secret@host1/system, qemu+tls://fred:***@host1/system",
    "qemu+tls://:secret@host1/system, qemu+tls://:***@host1/system",
    "qemu+ssh://fred:s@c/r/e#t:@host1:22/system, qemu+ssh://fred:***@host1:22/system",
    "vpx://admin@vsphere.local:s3cret@host1:1/dc?a=b, vpx://admin@vsphere.local:***@host1:1/dc?a=b",
    "esx://root:12/s3cret@host1/, esx://root:***@host1/",
    "esx://root:/s3cret@host1/, esx://root:***@host1/",
    "esx://root:s3?cret, esx://root:***",
    "esx://root%3As3cret@host1/, esx://root%3A***@host1/",
    "x://fred:s3 cret@host1/, x://fred:***@host1/",
    "x://a:b@h1/ and x://c:d@h2/?key=e, x://a:***@h1/ and x://c:***@h2/?key=***",
    "(x://a:b@h1/ 'x://c:d@h2/?sig=e'), (x://a:***@h1/ 'x://c:***@h2/?sig=***')",
    "x://h/?p%61ssword=s3cret&access_key=s3cret, x://h/?p%61ssword=***&access_key=***",
    "x://h/?X-Amz-Signature=s3cret&keyfile=/f, x://h/?X-Amz-Signature=***&keyfile=/f",
    "qemu+tls://fred:12345@host1/system, qemu+tls://fred:***@host1/system",
    "esx://host1/?password=secret&no_verify=1, esx://host1/?password=***&no_verify=1",
    "esx://host1/?a=b;Proxy_PassWd=secret;c=d, esx://host1/?a=b;Proxy_PassWd=***;c=d",
    "esx://host1/?authtoken=secret#part, esx://host1/?authtoken=***#part",
    "no driver for x://a:secret@b/ here, no driver for x://a:***@b/ here",
  })
  void removesSecretsOfUris(String text, String without) {
    assertEquals(without, LogEscaper.withoutSecrets(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "qemu+ssh://fred@host1:2222/system?keyfile=/home/fred/.ssh/id",
        "qemu+tls://host1:16514/system",
        "qemu+tls://host1:16514",
        "qemu+tls://[::1]:16514/system",
        "vpx://admin@vsphere.local@host1/dc",
        "qemu+ssh://[fe80::1]/system?keyfile=/home/me@corp/id",
        "qemu+ssh://fred@host1:22/a@b",
        "domain web01: the user said: no@all",
        "snapshot \"passed?\"",
        "snapshot \"x?password=9\" of domain \"y\"",
        "{\"uri\":\"qemu://h/system\",\"domain\":\"a:b@c\"}"
      })
  void keepsTextWithoutSecrets(String text) {
    assertEquals(text, LogEscaper.withoutSecrets(text));
  }

  @Test
  void doesNotCutSurrogatePair() {
    assertEquals("ab", LogEscaper.truncate("ab", 2, ""));
    assertEquals("a.", LogEscaper.truncate("abc", 2, "."));
    assertEquals("a.", LogEscaper.truncate("a\ud83d\ude00b", 3, "."));
    assertEquals("a\ud83d\ude00.", LogEscaper.truncate("a\ud83d\ude00bc", 4, "."));
    assertEquals("\ud83d.", LogEscaper.truncate("\ud83dbc", 2, "."));
  }

  @Test
  void uriEndsAtEndOfText() {
    assertEquals("x://h/?password=***", LogEscaper.uriWithoutSecrets("x://h/?password=a b\"c"));
    assertEquals("esx:?password=***&a=b", LogEscaper.uriWithoutSecrets("esx:?password=c&a=b"));
    assertEquals("qemu:///system", LogEscaper.uriWithoutSecrets("qemu:///system"));
    assertEquals(
        "x://u:***@h/", LogEscaper.uriWithoutSecrets("x://u:" + "s".repeat(LONGEST) + "@h/"));
  }

  /** Quadratic time would be hours. */
  @ParameterizedTest
  @ValueSource(strings = {"?", "?pass", "x://a:", "x://a:b ", "x://a?pass=", "@", "x://%3A"})
  void takesLinearTimeForHostileText(String part) {
    String text = part.repeat(4_000_000 / part.length());

    assertTrue(LogEscaper.withoutSecrets(text).length() <= 2 * text.length());
    assertTrue(LogEscaper.escapeForeign(text).length() < 2 * LONGEST);
  }

  @Test
  void argumentErrorHidesSecrets() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> CStringArguments.check("uri", "x://fred:s3cret@host\0"));

    assertTrue(e.getMessage().endsWith(": \"x://fred:***@host\\u0000\""), e.getMessage());
  }

  @Test
  void argumentErrorDoesNotCutSurrogatePair() {
    String shown = "x".repeat(76);

    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> CStringArguments.check("name", shown + "\ud83d\ude00 and a NUL: \0"));

    assertTrue(e.getMessage().endsWith(": \"" + shown + "...\""), e.getMessage());
  }
}
