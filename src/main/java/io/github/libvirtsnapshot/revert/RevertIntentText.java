package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.joining;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.regex.Pattern;

/** The text of a {@link RevertIntent}; {@link RevertIntent#toText} has the rules. */
final class RevertIntentText {
  /** A higher number is for a text that an earlier release must not read. */
  private static final int CURRENT_FORMAT = 1;

  private static final String FORMAT = "format";
  private static final String DOMAIN = "domain";
  private static final String UUID = "uuid";
  private static final String SNAPSHOT = "snapshot";
  private static final String FLAGS = "flags";
  private static final String TARGET_STATE = "targetState";
  private static final String SAFETY_SNAPSHOT = "safetySnapshot";
  private static final String STATE = "before.state";
  private static final String REASON = "before.reason";
  private static final String ID = "before.id";
  private static final String CURRENT_SNAPSHOT = "before.currentSnapshot";
  private static final String PERSISTENT = "before.persistent";
  private static final String MANAGED_SAVE = "before.managedSave";

  /** Three names of 50,000 characters fit, however they are escaped. */
  private static final int MOST_CHARACTERS = 1_000_000;

  private static final int MOST_VALUES = 1_000;
  private static final int MOST_SHOWN = 80;

  private static final CharMatcher NOT_OF_A_TEXT =
      CharMatcher.inRange(' ', '~').or(CharMatcher.anyOf("\t\r\n")).negate();

  /** Messages contain the UUID in commands for a shell. */
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private static final String WAY_OUT =
      "; pass the whole text that RevertIntent.toText() returned, unchanged";

  private final Properties values;

  private RevertIntentText(Properties values) {
    this.values = values;
  }

  /** The text is read once here, as the process that needs it later can't get another one. */
  static String write(RevertIntent intent) {
    String text =
        values(intent).entrySet().stream()
            .map(value -> line(value.getKey(), value.getValue().toString()))
            .collect(joining("\n", "", "\n"));
    var unused = parse(text);
    return text;
  }

  /** The last value is mandatory and can't be cut, so that a text without its end is detected. */
  private static Map<String, Object> values(RevertIntent intent) {
    RevertRequest request = intent.request();
    DomainStatus before = intent.before();
    ImmutableMap.Builder<String, Object> values = ImmutableMap.builder();
    values.put(FORMAT, CURRENT_FORMAT);
    values.put(DOMAIN, request.domain());
    values.put(UUID, request.uuid());
    request.snapshot().ifPresent(name -> values.put(SNAPSHOT, name));
    values.put(FLAGS, request.flags());
    request.targetState().ifPresent(state -> values.put(TARGET_STATE, state.value()));
    intent.safetySnapshot().ifPresent(name -> values.put(SAFETY_SNAPSHOT, name));
    values.put(STATE, before.stateAndReason().rawState());
    values.put(REASON, before.stateAndReason().rawReason());
    before.id().ifPresent(id -> values.put(ID, id));
    before.currentSnapshot().ifPresent(name -> values.put(CURRENT_SNAPSHOT, name));
    values.put(PERSISTENT, before.persistent());
    values.put(MANAGED_SAVE, before.managedSave());
    return values.buildOrThrow();
  }

  /** Properties have no order, and write a comment with the time. */
  private static String line(String name, String value) {
    Properties single = new Properties();
    single.setProperty(name, value);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      single.store(bytes, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes
        .toString(ISO_8859_1)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .collect(joining());
  }

  static RevertIntent parse(String text) {
    checkNotNull(text, "text is null");
    checkArgument(
        text.length() <= MOST_CHARACTERS,
        "the text has %s characters, and the maximum is %s: a name is too long, or the text is not one of"
            + " RevertIntent.toText()",
        text.length(),
        MOST_CHARACTERS);
    int foreign = NOT_OF_A_TEXT.indexIn(text);
    if (foreign >= 0) {
      throw refused(
          "the text has the character U+%04X at index %d; all of it is printable ASCII"
              .formatted((int) text.charAt(foreign), foreign));
    }
    return new RevertIntentText(load(text)).intent();
  }

  private static Properties load(String text) {
    Properties values = new DistinctProperties();
    try {
      values.load(new StringReader(text));
    } catch (IllegalArgumentException e) {
      throw refused("the text is malformed (" + e.getMessage() + ")");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return values;
  }

  /** {@link Properties} would keep only the last value of a name. */
  private static final class DistinctProperties extends Properties {
    private static final long serialVersionUID = 1;

    @Override
    public synchronized Object put(Object name, Object value) {
      checkArgument(size() < MOST_VALUES, "the text has more than %s values", MOST_VALUES);
      checkArgument(!containsKey(name), "%s is given twice", shown(name.toString()));
      return super.put(name, value);
    }
  }

  private RevertIntent intent() {
    int format = number(FORMAT);
    checkArgument(
        format == CURRENT_FORMAT,
        "format is %s, and this release reads format %s; read the text with the release that wrote"
            + " it, or with a newer release",
        format,
        CURRENT_FORMAT);
    return new RevertIntent(request(), before(), name(SAFETY_SNAPSHOT));
  }

  private RevertRequest request() {
    return new RevertRequest(
        CStringArguments.check(DOMAIN, text(DOMAIN)),
        uuid(),
        name(SNAPSHOT),
        number(FLAGS),
        ifPresent(TARGET_STATE)
            .map(state -> DomainState.of(number(TARGET_STATE)))
            .filter(state -> state != DomainState.UNKNOWN));
  }

  private DomainStatus before() {
    return new DomainStatus(
        StateAndReason.of(number(STATE), number(REASON)),
        ifPresent(ID).isPresent() ? OptionalInt.of(number(ID)) : OptionalInt.empty(),
        name(CURRENT_SNAPSHOT),
        truth(PERSISTENT),
        truth(MANAGED_SAVE));
  }

  private Optional<String> ifPresent(String name) {
    return Optional.ofNullable(values.getProperty(name));
  }

  private String text(String name) {
    return ifPresent(name).orElseThrow(() -> refused(name + " is missing"));
  }

  private Optional<String> name(String name) {
    return ifPresent(name).map(value -> CStringArguments.check(name, value));
  }

  private String uuid() {
    String value = text(UUID);
    if (!UUID_FORM.matcher(value).matches()) {
      throw malformed(UUID, value, "a UUID as libvirt writes it");
    }
    return value;
  }

  private int number(String name) {
    String value = text(name);
    Integer number = Ints.tryParse(value);
    if (number == null) {
      throw malformed(name, value, "a number of 32 bits");
    }
    return number;
  }

  private boolean truth(String name) {
    String value = text(name);
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw malformed(name, value, "true or false");
    };
  }

  private static IllegalArgumentException malformed(String name, String value, String expected) {
    return refused(name + " is " + shown(value) + ", not " + expected);
  }

  private static IllegalArgumentException refused(String reason) {
    return new IllegalArgumentException(reason + WAY_OUT);
  }

  private static String shown(String text) {
    return LogEscaper.quote(LogEscaper.truncate(text, MOST_SHOWN, "..."));
  }
}
