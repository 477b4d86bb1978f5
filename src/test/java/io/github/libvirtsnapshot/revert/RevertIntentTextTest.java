package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.CharMatcher;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The text form of an intent. */
class RevertIntentTextTest {
  private static final String UUID = "6695eb01-f6a4-8304-79aa-97f2502e193f";
  private static final String SAFETY =
      "before-revert-2026-01-02T03-04-05.678Z-0f8fad5b-d9cb-469f-a165-70867728950e";

  private static final RevertIntent FULL =
      new RevertIntent(
          new RevertRequest(
              "web01", UUID, Optional.of("été 1"), 5, Optional.of(DomainState.RUNNING)),
          new DomainStatus(
              StateAndReason.of(StateReason.PAUSED_FROM_SNAPSHOT),
              OptionalInt.of(7),
              Optional.of("a=b\n"),
              true,
              false),
          Optional.of(SAFETY));

  private static final RevertIntent MINIMAL =
      new RevertIntent(
          new RevertRequest("web01", UUID, Optional.empty(), 0, Optional.empty()),
          new DomainStatus(
              StateAndReason.of(StateReason.SHUTOFF_SHUTDOWN),
              OptionalInt.empty(),
              Optional.empty(),
              false,
              true),
          Optional.empty());

  /** Files and journals contain texts like these, so each later release has to read them. */
  private static final String FULL_IN_FORMAT_1 =
      """
      format=1
      domain=web01
      uuid=6695eb01-f6a4-8304-79aa-97f2502e193f
      snapshot=\\u00E9t\\u00E9 1
      flags=5
      targetState=1
      safetySnapshot=before-revert-2026-01-02T03-04-05.678Z-0f8fad5b-d9cb-469f-a165-70867728950e
      before.state=3
      before.reason=7
      before.id=7
      before.currentSnapshot=a\\=b\\n
      before.persistent=true
      before.managedSave=false
      """;

  private static final String MINIMAL_IN_FORMAT_1 =
      """
      format=1
      domain=web01
      uuid=6695eb01-f6a4-8304-79aa-97f2502e193f
      flags=0
      before.state=5
      before.reason=1
      before.persistent=false
      before.managedSave=true
      """;

  private static final String WAY_OUT =
      "; pass the whole text that RevertIntent.toText() returned, unchanged";

  @Test
  void intentIsWrittenInFormat1() {
    assertEquals(FULL_IN_FORMAT_1, FULL.toText());
    assertEquals(MINIMAL_IN_FORMAT_1, MINIMAL.toText());
  }

  @Test
  void textInFormat1IsParsed() {
    assertEquals(FULL, RevertIntent.parse(FULL_IN_FORMAT_1));
    assertEquals(MINIMAL, RevertIntent.parse(MINIMAL_IN_FORMAT_1));
    assertEquals(FULL, RevertIntent.parse(FULL_IN_FORMAT_1.replace("\n", "\r\n")));
  }

  private static boolean isText(String name) {
    return !name.contains("\0") && StandardCharsets.UTF_8.newEncoder().canEncode(name);
  }

  @Provide
  Arbitrary<String> names() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "a",
            " ",
            "=",
            ":",
            "#",
            "!",
            "\\",
            "\\u0041",
            "\n",
            "\r",
            "\t",
            "\f",
            "\u0001",
            "\u007f",
            "\u0085",
            "\u00e9",
            "\u2028",
            "\u202e",
            "\ufeff",
            "\uffff",
            "\ud83d\udca9",
            "\"",
            "'");
    return Arbitraries.oneOf(
        pieces.list().ofMaxSize(20).map(list -> String.join("", list)),
        Arbitraries.strings().all().ofMaxLength(20).filter(RevertIntentTextTest::isText));
  }

  @Provide
  Arbitrary<RevertIntent> intents() {
    Arbitrary<RevertRequest> requests =
        Combinators.combine(
                names(),
                Arbitraries.create(() -> java.util.UUID.randomUUID().toString()),
                names().optional(),
                Arbitraries.integers(),
                Arbitraries.of(DomainState.class)
                    .filter(state -> state != DomainState.UNKNOWN)
                    .optional())
            .as(RevertRequest::new);
    Arbitrary<DomainStatus> statuses =
        Combinators.combine(
                Combinators.combine(Arbitraries.integers(), Arbitraries.integers())
                    .as(StateAndReason::of),
                Arbitraries.integers()
                    .optional()
                    .map(id -> id.map(OptionalInt::of).orElse(OptionalInt.empty())),
                names().optional(),
                Arbitraries.of(true, false),
                Arbitraries.of(true, false))
            .as(DomainStatus::new);
    return Combinators.combine(requests, statuses, Arbitraries.just(SAFETY).optional())
        .as(RevertIntent::new);
  }

  @Property(tries = 1_000)
  void parsedTextEqualsTheIntent(@ForAll @From("intents") RevertIntent intent) {
    String text = intent.toText();

    assertEquals(intent, RevertIntent.parse(text));
    assertTrue(CharMatcher.inRange(' ', '~').or(CharMatcher.is('\n')).matchesAllOf(text), text);
    assertTrue(text.lines().count() <= 13, text);
  }

  @Test
  void nameOf50000CharactersIsParsed() {
    String longest = "\u2028".repeat(50_000);
    RevertIntent intent =
        new RevertIntent(
            new RevertRequest(longest, UUID, Optional.of(longest), 0, Optional.empty()),
            new DomainStatus(
                StateAndReason.of(StateReason.RUNNING_BOOTED),
                OptionalInt.of(1),
                Optional.of(longest),
                true,
                true),
            Optional.empty());

    assertEquals(intent, RevertIntent.parse(intent.toText()));
  }

  @Test
  void keysOfLaterReleasesAreIgnored() {
    assertEquals(
        FULL,
        RevertIntent.parse(
            FULL_IN_FORMAT_1.replace("before.persistent=", "before.guest=x\nbefore.persistent=")
                + "written.by=2.0.0\n"));
  }

  @Test
  void unknownStateNumberIsKept() {
    String text =
        FULL_IN_FORMAT_1
            .replace("before.state=3", "before.state=42")
            .replace("before.reason=7", "before.reason=-99")
            .replace("targetState=1", "targetState=43");
    RevertIntent intent = RevertIntent.parse(text);

    assertEquals(
        new StateAndReason(DomainState.UNKNOWN, StateReason.UNKNOWN, 42, -99),
        intent.before().stateAndReason());
    assertEquals(Optional.empty(), intent.request().targetState());
    assertEquals(text.replace("targetState=43\n", ""), intent.toText());
  }

  private static String refusal(String text) {
    return assertThrows(IllegalArgumentException.class, () -> RevertIntent.parse(text))
        .getMessage();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "0", "-1"})
  void otherFormatIsRefused(String format) {
    assertEquals(
        "format is "
            + format
            + ", and this release reads format 1; read the text with the release that wrote it,"
            + " or with a newer release",
        refusal("format=" + format + "\nrevert=anything else\n"));
  }

  static Stream<String> requiredKeys() {
    return MINIMAL_IN_FORMAT_1.lines().map(line -> line.replaceFirst("=.*", ""));
  }

  @ParameterizedTest
  @MethodSource("requiredKeys")
  void missingKeyIsRefused(String key) {
    assertEquals(
        key + " is missing" + WAY_OUT,
        refusal(MINIMAL_IN_FORMAT_1.replaceFirst("(?m)^" + key + "=.*\n", "")));
  }

  /** A full disk or a crash of the machine leaves a truncated file. */
  @ParameterizedTest
  @ValueSource(strings = {FULL_IN_FORMAT_1, MINIMAL_IN_FORMAT_1})
  void truncatedTextIsRefused(String text) {
    int complete = text.length() - 1;
    for (int length = 0; length < complete; length++) {
      refusal(text.substring(0, length));
    }
    assertDoesNotThrow(() -> RevertIntent.parse(text.substring(0, complete)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "format             | one        | format is \"one\", not a number of 32 bits",
        "format             | 1.0        | format is \"1.0\", not a number of 32 bits",
        "uuid               | web01      | uuid is \"web01\", not a UUID as libvirt writes it",
        "uuid               | ''         | uuid is \"\", not a UUID as libvirt writes it",
        "flags              | 0x5        | flags is \"0x5\", not a number of 32 bits",
        "targetState        | running    | targetState is \"running\", not a number of 32 bits",
        "before.state       | 1\u0662 | before.state is \"1\u0662\", not a number of 32 bits",
        "before.reason      | ''         | before.reason is \"\", not a number of 32 bits",
        "before.id          | 2147483648 | before.id is \"2147483648\", not a number of 32 bits",
        "before.persistent  | TRUE       | before.persistent is \"TRUE\", not true or false",
        "before.managedSave | no         | before.managedSave is \"no\", not true or false",
      })
  void malformedValueIsRefused(String key, String value, String message) {
    assertEquals(message + WAY_OUT, refusal(with(key, value)));
  }

  private static String with(String key, String value) {
    StringBuilder escaped = new StringBuilder();
    value.chars().forEach(unit -> escaped.append("\\u%04x".formatted(unit)));
    return FULL_IN_FORMAT_1.replaceFirst(
        "(?m)^" + key + "=.*", key + "=" + escaped.toString().replace("\\", "\\\\"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"domain", "snapshot", "before.currentSnapshot"})
  void nameWithNulOrSurrogateIsRefused(String key) {
    assertEquals(
        key + " contains a NUL at index 1, where C would cut it: \"a\\u0000b\"",
        refusal(with(key, "a\0b")));
    assertEquals(
        key + " contains an unpaired surrogate, which is not text: \"a\\ud83d\"",
        refusal(with(key, "a\ud83d")));
  }

  /** Only this check prevents a forged text from deleting an ordinary snapshot. */
  @Test
  void ordinarySnapshotIsRefusedAsSafetySnapshot() {
    assertEquals(
        "\"golden\" is not the name of a safety snapshot; revert to it with to(name), or:"
            + " revert-domain without --undo; delete it with DomainSnapshot.delete(), or: virsh"
            + " snapshot-delete",
        refusal(with("safetySnapshot", "golden")));
  }

  @Test
  void malformedTextIsRefused() {
    assertEquals(
        "text is null",
        assertThrows(NullPointerException.class, () -> RevertIntent.parse(null)).getMessage());
    assertEquals("format is missing" + WAY_OUT, refusal(""));
    assertEquals(
        "the text is malformed (\"domain\" is given twice)" + WAY_OUT,
        refusal(FULL_IN_FORMAT_1 + "domain=db01\n"));
    assertTrue(refusal("domain=\\u12\n").startsWith("the text is malformed ("));
    assertEquals(
        "the text has the character U+0000 at index 7; all of it is printable ASCII" + WAY_OUT,
        refusal("format=\0"));
    assertEquals(
        "the text has the character U+D83D at index 0; all of it is printable ASCII" + WAY_OUT,
        refusal("\ud83d" + FULL_IN_FORMAT_1));
  }

  static Stream<Named<String>> hugeTexts() {
    int tenMebibytes = 10 << 20;
    StringBuilder values = new StringBuilder(FULL_IN_FORMAT_1);
    for (int i = 0; values.length() < 999_990; i++) {
      values.append(Integer.toString(i, Character.MAX_RADIX)).append('\n');
    }
    return Stream.of(
        Named.of("10 MiB", "x".repeat(tenMebibytes)),
        Named.of("10 MiB of NULs", "\0".repeat(tenMebibytes)),
        Named.of("the same key a million times", "x=\n".repeat(1_000_000)),
        Named.of("as many keys as fit", values.toString()),
        Named.of("continued lines", "format=1\n" + "\\\n".repeat(400_000)),
        Named.of("a long key", "x".repeat(999_999)),
        Named.of("a long key of escaped NULs", "\\u0000".repeat(100_000)));
  }

  /** The refusal of each text takes less than 50 ms, also with a heap of 48 MB. */
  @ParameterizedTest
  @MethodSource("hugeTexts")
  void hugeTextIsRefusedQuickly(String text) {
    String message = assertTimeout(Duration.ofSeconds(10), () -> refusal(text));

    assertTrue(message.length() < 300, message);
  }

  @Test
  void refusalOfHugeTextStatesTheLimits() {
    assertEquals(
        "the text has 1000001 characters, and the maximum is 1000000: a name is too long, or the"
            + " text is not one of RevertIntent.toText()",
        refusal("x".repeat(1_000_001)));
    StringBuilder values = new StringBuilder();
    for (int i = 0; i <= 1_000; i++) {
      values.append(i).append('\n');
    }
    assertEquals(
        "the text is malformed (the text has more than 1000 values)" + WAY_OUT,
        refusal(values.toString()));
  }

  private static RevertIntent of(String domain, String uuid) {
    return new RevertIntent(
        new RevertRequest(domain, uuid, Optional.empty(), 0, Optional.empty()),
        FULL.before(),
        Optional.empty());
  }

  @Test
  void intentThatCannotBeParsedIsNotWritten() {
    Stream.of(of("a\0b", UUID), of("\ud83d", UUID), of("a", "uuid"), of("a".repeat(1 << 20), UUID))
        .forEach(intent -> assertThrows(IllegalArgumentException.class, intent::toText));
  }
}
