package io.github.libvirtsnapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShellTextTest {
  private static final String UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

  /** Runs printf in a shell. */
  private static String printed(String word) throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "printf %s " + word).start();
    return new String(
        shell.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "clean-install, clean-install",
        "clean install, 'clean install'",
        "Anna's, 'Anna'\\''s'",
        "$(reboot), '$(reboot)'",
        "größer, 'größer'"
      })
  void wordIsQuotedIfNecessary(String text, String word) throws Exception {
    assertEquals(word, ShellText.word(text, "SNAPSHOT"));
    assertEquals(text, printed(word));
  }

  @ParameterizedTest
  @CsvSource({"--metadata", "''", "two\u0001lines", "back\\slash", "right\u202Eleft"})
  void textThatCannotBeAWord_isThePlaceholder(String text) {
    assertEquals("SNAPSHOT", ShellText.word(text, "SNAPSHOT"));
  }

  @Property(tries = 50)
  void shellReadsWordAsTheText(@ForAll @CharRange(from = ' ', to = '~') String text)
      throws Exception {
    String word = ShellText.word(text, "");
    assertEquals(word.isEmpty() ? "" : text, printed(word));
  }

  /** virsh takes a number for the ID of an active domain, and 32 digits for a UUID. */
  @Test
  void domainIsNamedByItsUuidIfTheNameIsAmbiguous() {
    assertEquals("web01", ShellText.domain("web01", UUID));
    assertEquals(UUID, ShellText.domain("7", UUID));
    assertEquals(UUID, ShellText.domain("web server", UUID));
    assertEquals(UUID, ShellText.domain("-c", UUID));
    assertEquals(UUID, ShellText.domain("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", UUID));
  }
}
