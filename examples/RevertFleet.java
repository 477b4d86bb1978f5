import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.libvirtsnapshot.ConnectUri;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.fleet.FleetEntry;
import io.github.libvirtsnapshot.fleet.FleetListener;
import io.github.libvirtsnapshot.fleet.FleetPlan;
import io.github.libvirtsnapshot.fleet.FleetProgress;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.fleet.FleetRun;
import io.github.libvirtsnapshot.internal.LogText;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * Reverts many domains on many hosts from the command line; {@code --help} says how, and {@code
 * examples/revert-fleet} starts it. Needs picocli for its arguments, and Gson.
 */
@Command(
    name = "revert-fleet",
    sortOptions = false,
    usageHelpWidth = 100,
    customSynopsis = {
      "revert-fleet SNAPSHOT URI [DOMAIN]... [URI [DOMAIN]...]... [option]...",
      "       revert-fleet --resume FILE [option]..."
    },
    description = {
      "",
      "Reverts domains on libvirt hosts to the snapshot of this name, many at once. What the guests"
          + " have in memory and what changed since the snapshot is lost; nothing asks. Ctrl-C"
          + " starts nothing more, waits for the reverts that run, and prints what --resume takes.",
      ""
    },
    exitCodeListHeading = "%nexit status:%n",
    exitCodeList = {
      "0:all were reverted; with --plan: would be",
      "1:some were not reverted, or not as asked",
      "2:wrong usage",
      "3:nothing was done to any of them, or a file can't be used",
      "4:the outcome of some is unknown",
      "5:some failed, and those were taken back to what they were before"
    },
    footer = {
      "",
      "examples:",
      "  revert-fleet clean qemu+tls://host1/system web01 web02 qemu+tls://host2/system",
      "  revert-fleet clean --from hosts.txt --running --deadline 300 --json > done.json",
      "  revert-fleet --resume done.json",
      "  revert-fleet --running -- \"$SNAPSHOT\" qemu+tls://host1/system \"$DOMAIN\"",
      "",
      "After --, nothing is an option: a name that somebody else has chosen may begin with -."
    })
public final class RevertFleet implements Callable<Integer> {
  /** What is printed of each run, and says yes or no. */
  private static final List<String> FLAGS = List.of("running", "guarded", "safetySnapshot");

  private static final Set<JsonElement> OUTCOMES =
      Arrays.stream(RevertOutcome.values())
          .map(outcome -> new JsonPrimitive(outcome.name()))
          .collect(Collectors.toUnmodifiableSet());

  /** What is printed of each domain as a text or null. */
  private static final List<String> MAY_BE_NULL =
      List.of("domain", "message", "found", "safetySnapshot", "notStartedAgain");

  /** What --from and --resume read at most, in bytes: more than 20,000 domains have. */
  private static final int LARGEST_FILE = 1 << 24;

  private static final int FAILED = 1;
  private static final int NOTHING_DONE = 3;
  private static final int UNKNOWN = 4;
  private static final int ROLLED_BACK = 5;

  /** How long a program that was interrupted waits for the hosts. */
  private static final long PATIENCE_SECONDS = 60;

  /**
   * This program prints what the library logs. A strong reference: LogManager holds loggers weakly.
   */
  private static final Logger LIBRARY_LOG = Logger.getLogger("io.github.libvirtsnapshot");

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SNAPSHOT",
      description = "the name of the snapshot; not with --resume")
  private String snapshot;

  @Parameters(
      index = "1..*",
      paramLabel = "URI [DOMAIN]...",
      description =
          "a host, as qemu+tls://host1/system, and its domains; all, if none follows; not with"
              + " --resume")
  private List<String> words = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "read hosts from a file, or - for standard input: a line for each, URI [DOMAIN]...;"
              + " # begins a comment")
  private Path from;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description =
          "revert those that an earlier run has not, by what its --json or Ctrl-C printed: to the"
              + " same snapshot, with the same --running, --guarded and --safety-snapshot")
  private Path resume;

  @Option(
      names = "--allow-commands",
      description = "let the URIs of these files run programs, as with +ext and command=")
  private boolean allowCommands;

  @Option(names = "--running", description = "leave them running, whatever they were then")
  private boolean running;

  @Option(names = "--guarded", description = "plan first; do not begin what is known to fail")
  private boolean guarded;

  @Option(
      names = "--safety-snapshot",
      description = "keep the present in snapshots first; go back to them on failure")
  private boolean safetySnapshot;

  @Option(names = "--plan", description = "say what it would do now, and touch nothing")
  private boolean plan;

  @Option(
      names = "--at-once",
      paramLabel = "N",
      description = "so many domains at once; by default 64")
  private int atOnce = 64;

  @Option(names = "--per-host", paramLabel = "N", description = "and of a host; by default 4")
  private int perHost = 4;

  @Option(
      names = "--host-timeout",
      paramLabel = "SECONDS",
      description = "give a host so long to respond; by default 30")
  private int hostTimeout = 30;

  @Option(
      names = "--deadline",
      paramLabel = "SECONDS",
      description = "wait so long at most for all of it; libvirt itself can't be stopped")
  private Integer deadline;

  @Option(names = "--json", description = "print one JSON object on the standard output")
  private boolean json;

  /** Only picocli reads it. */
  @SuppressWarnings("UnusedVariable")
  @Option(names = "--help", usageHelp = true, description = "print this text")
  private boolean help;

  /** What the earlier run printed of the domains that are resumed. */
  private final Map<List<JsonElement>, JsonObject> earlier = new LinkedHashMap<>();

  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicBoolean printed = new AtomicBoolean();

  /** What is known so far of each domain whose turn has come. */
  private final Map<List<String>, JsonObject> known =
      Collections.synchronizedMap(new LinkedHashMap<>());

  private volatile FleetRun run;
  private volatile boolean interrupted;

  private RevertFleet() {}

  /** Reverts, and ends the process with the status that the help text lists. */
  public static void main(String[] args) {
    LIBRARY_LOG.setLevel(Level.OFF);
    RevertFleet command = new RevertFleet();
    Runtime.getRuntime().addShutdownHook(new Thread(command::interrupt));
    int status =
        new CommandLine(command)
            .setExpandAtFiles(false)
            .setParameterExceptionHandler((e, arguments) -> wrongUsage(e))
            .execute(args);
    command.over.countDown();
    System.exit(status);
  }

  private static int wrongUsage(ParameterException e) {
    complain(LogText.withoutSecrets(e.getMessage()) + "; --help says more");
    return CommandLine.ExitCode.USAGE;
  }

  private static void complain(String problem) {
    System.err.println("revert-fleet: " + LogText.escapeMessage(problem));
  }

  /** Runs when the program ends, whatever the reason. */
  private void interrupt() {
    if (run == null || over.getCount() == 0) {
      return;
    }
    interrupted = true;
    complain("interrupted: nothing more is started; waiting for the reverts that run");
    run.stop();
    try {
      if (!over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        complain("no answer yet; the hosts go on with it");
        print(List.copyOf(known.values()));
      }
    } catch (InterruptedException e) {
      complain("not waiting any longer; the hosts go on with it");
    }
  }

  @Override
  public Integer call() {
    FleetReverter fleet;
    try {
      fleet = fleet();
    } catch (IOException e) {
      complain(e.getMessage());
      return NOTHING_DONE;
    }
    if (plan) {
      return print(fleet.plan());
    }
    run = fleet.start();
    List<JsonObject> domains =
        run.report().join().entries().stream()
            .map(RevertFleet::describe)
            .map(this::afterEarlier)
            .toList();
    print(domains);
    return status(domains);
  }

  private void print(List<JsonObject> domains) {
    if (!printed.compareAndSet(false, true)) {
      return;
    }
    if (json || interrupted) {
      print(describe(domains));
    } else {
      System.out.println(text(domains));
    }
  }

  private FleetReverter fleet() throws IOException {
    try {
      if (resume != null) {
        check(snapshot == null && from == null, "--resume takes no SNAPSHOT, hosts or --from");
        readEarlier();
      }
      check(snapshot != null, "no SNAPSHOT is named");
      check(resume != null || from != null || !words.isEmpty(), "no host is named");
      FleetReverter fleet =
          FleetReverter.with(domain -> settings(SnapshotReverter.of(domain).to(snapshot)))
              .atOnce(atOnce)
              .atOncePerHost(perHost)
              .hostTimeout(Duration.ofSeconds(hostTimeout))
              .listener(new Progress());
      fleet = deadline == null ? fleet : fleet.deadline(Duration.ofSeconds(deadline));
      Hosts hosts = new Hosts();
      hosts.add(words);
      return addFromFiles(hosts.addTo(fleet));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(new CommandLine(this), e.getMessage(), e);
    }
  }

  private FleetReverter addFromFiles(FleetReverter fleet) throws IOException {
    Hosts hosts = new Hosts();
    try {
      if (from != null) {
        for (String line : contents(from).lines().toList()) {
          List<String> ofLine = List.of(line.replaceFirst("#.*", "").strip().split("\\s+"));
          ofLine.forEach(this::checkRunsNothing);
          hosts.add(ofLine);
        }
      }
      for (JsonObject domain : earlier.values()) {
        hosts.add(checkedUri(domain), text(domain, "domain").stream().toList());
      }
      return hosts.addTo(fleet);
    } catch (IllegalArgumentException e) {
      Path file = from == null ? resume : from;
      throw new IOException(LogText.quote(file.toString()) + ": " + e.getMessage(), e);
    }
  }

  /** What libvirt runs for the URI of a file is the choice of whoever wrote the file. */
  private void checkRunsNothing(String uri) {
    Optional<String> part = ConnectUri.programChosenBy(uri);
    check(
        allowCommands || part.isEmpty(),
        LogText.quote(LogText.uriWithoutSecrets(uri))
            + " can run a program by its "
            + part.orElse("")
            + ": --allow-commands allows that");
  }

  private static void check(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  private SnapshotReverter settings(SnapshotReverter reverter) {
    SnapshotReverter made = running ? reverter.running() : reverter;
    made = guarded ? made.guarded() : made;
    return safetySnapshot ? made.withSafetySnapshot() : made;
  }

  private String checkedUri(JsonObject domain) {
    String uri = domain.get("uri").getAsString();
    checkRunsNothing(uri);
    String printed = LogText.uriWithoutSecrets(uri);
    check(
        uri.equals(printed) && !uri.contains("***"),
        "the URI "
            + LogText.quote(printed)
            + " had a secret, which is never printed: name this host and its domains on the command"
            + " line, and remove them from the file");
    return uri;
  }

  /** Takes the settings of the earlier run, and the domains that it has not reverted. */
  private void readEarlier() throws IOException {
    JsonObject run =
        object(contents(resume))
            .filter(RevertFleet::isRun)
            .orElseThrow(
                () ->
                    new IOException(
                        LogText.quote(resume.toString())
                            + " is not what --json or Ctrl-C printed of an earlier run"));
    snapshot = run.get("snapshot").getAsString();
    running |= run.get("running").getAsBoolean();
    guarded |= run.get("guarded").getAsBoolean();
    safetySnapshot |= run.get("safetySnapshot").getAsBoolean();
    for (JsonElement domain : run.getAsJsonArray("domains")) {
      if (!domain.getAsJsonObject().get("reverted").getAsBoolean()) {
        addEarlier(domain.getAsJsonObject());
      }
    }
  }

  private void addEarlier(JsonObject domain) throws IOException {
    if (earlier.put(key(domain), domain) != null) {
      throw new IOException(
          "%s: domain %s of %s is given twice"
              .formatted(
                  LogText.quote(resume.toString()),
                  text(domain, "domain").map(LogText::quote).orElse("(its domains)"),
                  LogText.quote(LogText.uriWithoutSecrets(domain.get("uri").getAsString()))));
    }
  }

  private static Optional<JsonObject> object(String text) {
    try {
      return Optional.of(JsonParser.parseString(text).getAsJsonObject());
    } catch (JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  private static boolean isRun(JsonObject run) {
    return isText(run.get("snapshot"))
        && FLAGS.stream().map(run::get).allMatch(RevertFleet::isFlag)
        && run.get("domains") instanceof JsonArray domains
        && domains.asList().stream().allMatch(RevertFleet::isDomain);
  }

  private static boolean isDomain(JsonElement element) {
    return element instanceof JsonObject domain
        && isText(domain.get("uri"))
        && OUTCOMES.contains(domain.get("outcome"))
        && isFlag(domain.get("reverted"))
        && MAY_BE_NULL.stream()
            .map(domain::get)
            .allMatch(value -> value instanceof JsonNull || isText(value))
        && domain.get("leftSafetySnapshots") instanceof JsonArray left
        && left.asList().stream().allMatch(RevertFleet::isText);
  }

  private static boolean isText(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isString();
  }

  private static boolean isFlag(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isBoolean();
  }

  private static String contents(Path file) throws IOException {
    String name = LogText.quote(file.toString());
    boolean isStandardInput = file.toString().equals("-");
    if (!isStandardInput && !Files.isRegularFile(file)) {
      throw new IOException(name + " is no regular file, or does not exist; - is standard input");
    }
    byte[] bytes;
    try (InputStream stream = isStandardInput ? System.in : Files.newInputStream(file)) {
      bytes = stream.readNBytes(LARGEST_FILE + 1);
    } catch (IOException e) {
      throw new IOException(name + " can't be read: " + e, e);
    }
    if (bytes.length > LARGEST_FILE) {
      throw new IOException(name + " is larger than " + LARGEST_FILE + " bytes");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException(name + " is not in UTF-8", e);
    }
  }

  /** A revert that was not started again leaves what the earlier run has printed. */
  private JsonObject afterEarlier(JsonObject now) {
    JsonObject before = earlier.get(key(now));
    return before == null ? now : after(before, now);
  }

  private static List<JsonElement> key(JsonObject domain) {
    return List.of(domain.get("uri"), domain.get("domain"));
  }

  private static JsonObject after(JsonObject before, JsonObject now) {
    if (outcome(now) != RevertOutcome.NOT_STARTED || outcome(before) == RevertOutcome.NOT_STARTED) {
      return withSafetySnapshotsOf(before, now);
    }
    JsonObject kept = before.deepCopy();
    kept.add("notStartedAgain", now.get("message"));
    return withSafetySnapshotsOf(now, kept);
  }

  private static JsonObject withSafetySnapshotsOf(JsonObject other, JsonObject domain) {
    Set<JsonElement> left = new LinkedHashSet<>();
    domain.getAsJsonArray("leftSafetySnapshots").forEach(left::add);
    other.getAsJsonArray("leftSafetySnapshots").forEach(left::add);
    if (!other.get("safetySnapshot").isJsonNull()) {
      left.add(other.get("safetySnapshot"));
    }
    JsonArray names = new JsonArray();
    left.forEach(names::add);
    domain.add("leftSafetySnapshots", names);
    return domain;
  }

  private static RevertOutcome outcome(JsonObject domain) {
    return RevertOutcome.valueOf(domain.get("outcome").getAsString());
  }

  private int print(FleetPlan made) {
    if (json) {
      print(describe(made));
    } else {
      System.out.println(made);
    }
    boolean all =
        made.entries().stream()
            .allMatch(entry -> entry.plan().filter(RevertPlan::matchesTarget).isPresent());
    return all ? 0 : FAILED;
  }

  private static void print(JsonObject object) {
    Gson gson =
        new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();
    System.out.println(LogText.escapeJson(gson.toJson(object)));
  }

  private static Map<RevertOutcome, Integer> totals(List<JsonObject> domains) {
    Map<RevertOutcome, Integer> totals = new EnumMap<>(RevertOutcome.class);
    domains.forEach(domain -> totals.merge(outcome(domain), 1, Integer::sum));
    return totals;
  }

  private JsonObject describe(List<JsonObject> domains) {
    JsonObject totals = new JsonObject();
    totals(domains).forEach((outcome, count) -> totals.addProperty(outcome.name(), count));
    JsonArray array = new JsonArray();
    domains.forEach(array::add);
    JsonObject object = new JsonObject();
    object.addProperty("snapshot", snapshot);
    object.addProperty("running", running);
    object.addProperty("guarded", guarded);
    object.addProperty("safetySnapshot", safetySnapshot);
    object.add("totals", totals);
    object.add("domains", array);
    return object;
  }

  /** The totals on one line, and a line for each domain that was not reverted. */
  private static String text(List<JsonObject> domains) {
    StringBuilder text = new StringBuilder();
    text.append(domains.size()).append(domains.size() == 1 ? " domain: " : " domains: ");
    text.append(totals(domains));
    domains.stream()
        .filter(domain -> !domain.get("reverted").getAsBoolean())
        .forEach(domain -> text.append('\n').append(line(domain)));
    return text.toString();
  }

  private static String line(JsonObject domain) {
    String line =
        LogText.escape(domain.get("uri").getAsString())
            + " "
            + text(domain, "domain").map(LogText::quote).orElse("(its domains)")
            + ": "
            + outcome(domain)
            + message(domain, "message", ": ")
            + message(domain, "found", "; found out: ")
            + message(domain, "notStartedAgain", "; not reverted again: ");
    JsonArray left = domain.getAsJsonArray("leftSafetySnapshots");
    return left.isEmpty()
        ? line
        : line + "; may still be on the host: " + LogText.escapeJson(left.toString());
  }

  private static String message(JsonObject domain, String name, String label) {
    return text(domain, name).map(message -> label + LogText.escapeMessage(message)).orElse("");
  }

  private static Optional<String> text(JsonObject domain, String name) {
    JsonElement value = domain.get(name);
    return value.isJsonNull() ? Optional.empty() : Optional.of(value.getAsString());
  }

  private static JsonObject describe(FleetPlan made) {
    JsonArray domains = new JsonArray();
    for (FleetPlan.Entry entry : made.entries()) {
      JsonObject described = new JsonObject();
      described.addProperty("uri", LogText.uriWithoutSecrets(entry.uri()));
      described.addProperty("domain", entry.domain().orElse(null));
      described.addProperty(
          "wouldBeReverted", entry.plan().filter(RevertPlan::matchesTarget).isPresent());
      described.addProperty("plan", entry.toString());
      domains.add(described);
    }
    JsonObject object = new JsonObject();
    object.add("domains", domains);
    return object;
  }

  private static JsonObject describe(FleetEntry entry) {
    JsonObject described = described(entry.uri(), entry.domain(), entry.outcome());
    described.addProperty("reverted", entry.isReverted());
    described.addProperty(
        "message", entry.failure().map(LibvirtException::getMessage).orElse(null));
    described.addProperty(
        "found", entry.finding().map(finding -> finding.verdict().name()).orElse(null));
    described.addProperty("safetySnapshot", entry.safetySnapshot().orElse(null));
    entry.leftSafetySnapshots().forEach(described.getAsJsonArray("leftSafetySnapshots")::add);
    return described;
  }

  private static JsonObject described(String uri, Optional<String> domain, RevertOutcome outcome) {
    JsonObject described = new JsonObject();
    described.addProperty("uri", LogText.uriWithoutSecrets(uri));
    described.addProperty("domain", domain.orElse(null));
    described.addProperty("outcome", outcome.name());
    described.addProperty("reverted", false);
    described.add("message", JsonNull.INSTANCE);
    described.add("found", JsonNull.INSTANCE);
    described.add("safetySnapshot", JsonNull.INSTANCE);
    described.add("notStartedAgain", JsonNull.INSTANCE);
    described.add("leftSafetySnapshots", new JsonArray());
    return described;
  }

  private static int status(List<JsonObject> domains) {
    List<JsonObject> failed =
        domains.stream().filter(domain -> !domain.get("reverted").getAsBoolean()).toList();
    if (failed.isEmpty()) {
      return 0;
    }
    if (failed.stream().anyMatch(RevertFleet::isUnknown)) {
      return UNKNOWN;
    }
    if (totals(domains).keySet().equals(Set.of(RevertOutcome.NOT_STARTED))) {
      return NOTHING_DONE;
    }
    return totals(failed).keySet().equals(Set.of(RevertOutcome.ROLLED_BACK)) ? ROLLED_BACK : FAILED;
  }

  private static boolean isUnknown(JsonObject domain) {
    return domain.get("found").isJsonNull()
        && Set.of(RevertOutcome.UNKNOWN, RevertOutcome.IN_PROGRESS).contains(outcome(domain));
  }

  /** Hosts of which domains are named, and hosts of which all domains are meant. */
  private static final class Hosts {
    private final Map<String, List<String>> named = new LinkedHashMap<>();
    private final List<String> whole = new ArrayList<>();

    /** Adds hosts, each followed by its domains. */
    void add(List<String> words) {
      for (int i = 0; i < words.size(); i++) {
        String uri = words.get(i);
        if (uri.isEmpty()) {
          continue;
        }
        check(uri.contains("://"), LogText.quote(uri) + " is no URI of a host");
        int first = i + 1;
        while (i + 1 < words.size() && !words.get(i + 1).contains("://")) {
          i++;
        }
        add(uri, words.subList(first, i + 1));
      }
    }

    void add(String uri, List<String> domains) {
      if (domains.isEmpty()) {
        whole.add(uri);
      } else {
        named.computeIfAbsent(uri, host -> new ArrayList<>()).addAll(domains);
      }
    }

    FleetReverter addTo(FleetReverter fleet) {
      FleetReverter added = fleet;
      for (Map.Entry<String, List<String>> host : named.entrySet()) {
        added = added.on(host.getKey(), host.getValue().toArray(String[]::new));
      }
      for (String uri : whole) {
        added = added.on(uri, FleetReverter.allDomains());
      }
      return added;
    }
  }

  /** One line that is written over on a terminal, and a line for each failure elsewhere. */
  private final class Progress implements FleetListener {
    private final boolean terminal = Boolean.getBoolean("example.terminal");

    @Override
    public void started(String uri, String domain) {
      known.put(
          List.of(uri, domain), described(uri, Optional.of(domain), RevertOutcome.IN_PROGRESS));
    }

    @Override
    public void finished(FleetEntry entry, FleetProgress progress) {
      known.put(List.of(entry.uri(), entry.domain().orElse("")), afterEarlier(describe(entry)));
      if (terminal) {
        System.err.printf("\r%s\033[K%s", progress, progress.left() == 0 ? "\n" : "");
      } else {
        System.err.println(progress + (entry.isReverted() ? "" : ": " + entry));
      }
    }
  }
}
