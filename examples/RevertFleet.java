import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import command.ExitStatus;
import command.InputFile;
import command.Json;
import command.OutputFile;
import command.Program;
import command.SafeText;
import command.Selection;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.fleet.FleetEntry;
import io.github.libvirtsnapshot.fleet.FleetListener;
import io.github.libvirtsnapshot.fleet.FleetPlan;
import io.github.libvirtsnapshot.fleet.FleetProgress;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.fleet.FleetRun;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command revert-fleet, which reverts many domains on many hosts. The script {@code
 * examples/revert-fleet} starts it, and {@code --help} prints its options. It needs picocli and
 * Gson.
 */
@Command(
    name = "revert-fleet",
    header = "revert many libvirt domains on many hosts to a snapshot",
    customSynopsis = {
      "revert-fleet SNAPSHOT URI [DOMAIN]... [URI [DOMAIN]...]... [option]...",
      "       revert-fleet --newest|--match GLOB|--parent URI [DOMAIN]... [option]...",
      "       revert-fleet --resume FILE [option]..."
    },
    description = {
      "",
      "Reverts domains on libvirt hosts concurrently: to the snapshot of this name, or each domain"
          + " to the snapshot that an option selects. The contents of the guests' memory and all"
          + " changes since the snapshot are lost. The command does not ask for confirmation. Ctrl-C"
          + " starts no further revert, waits for the running reverts, and prints a result that"
          + " --resume reads.",
      ""
    },
    exitCodeList = {
      "0:all domains were reverted; with --plan: all domains would be reverted",
      "1:some domains were not reverted, or are in another state than requested; with --plan: some"
          + " domains would not be reverted as requested",
      "2:wrong usage",
      "3:no revert was started, or a file can't be used; with --plan: no domain has a plan, because"
          + " no host responded, or no domain or snapshot was found",
      "4:the outcome of some domains is unknown",
      "5:some reverts failed and were rolled back: these domains are as before; with --together or"
          + " --resuming-together: all domains are as before"
    },
    footer = {
      "",
      "examples:",
      "  revert-fleet clean qemu+tls://host1/system web01 web02 qemu+tls://host2/system",
      "  revert-fleet clean --from hosts.txt --running --deadline 300 --json > done.json",
      "  revert-fleet --match 'clean-*' qemu+tls://host1/system --plan",
      "  revert-fleet clean --from lab.txt --together",
      "  revert-fleet clean --from lab.txt --resuming-together",
      "  revert-fleet --resume done.json",
      "  revert-fleet --running -- \"$SNAPSHOT\" qemu+tls://host1/system \"$DOMAIN\"",
      "",
      Program.ABOUT_HYPHENS
    })
public final class RevertFleet extends Program {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SNAPSHOT",
      description =
          "the name of the snapshot; omit it with --newest, --match, --parent and --resume")
  private String snapshot;

  @Parameters(
      index = "1..*",
      paramLabel = "URI [DOMAIN]",
      description =
          "a host, such as qemu+tls://host1/system, and its domains; without DOMAIN: all domains"
              + " of the host; omit both with --resume")
  private List<String> words = new ArrayList<>();

  @ArgGroup private Selection selection = new Selection();

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "read hosts from a file, or from standard input if FILE is -; one host per line:"
              + " URI [DOMAIN]...; # starts a comment")
  private Path from;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description =
          "revert the domains that an earlier run did not revert; FILE is the output of that run"
              + " with --json or after Ctrl-C; the snapshot or the option that selects it,"
              + " --running, --guarded, --safety-snapshot, --together and --resuming-together are"
              + " those of that run")
  private Path resume;

  @Option(
      names = "--allow-commands",
      description =
          "allow URIs that run programs, such as +ext and command=, in the files of --from and"
              + " --resume")
  private boolean allowCommands;

  @Option(
      names = "--running",
      description = "leave the domains running; default: in the state of the snapshot")
  private boolean running;

  @Option(
      names = "--guarded",
      description = "plan first; do not start a revert if the plan predicts a failure")
  private boolean guarded;

  @Option(
      names = "--safety-snapshot",
      description =
          "create a safety snapshot of each domain first, for the rollback of a revert that fails")
  private boolean safetySnapshot;

  @Option(
      names = "--together",
      description =
          "revert all domains or none: plan all, create a snapshot of each, then revert all; if one"
              + " fails, undo the others")
  private boolean together;

  @Option(
      names = "--resuming-together",
      description =
          "do the same as --together, and leave all domains running: each guest stays paused until"
              + " all domains are reverted")
  private boolean resumingTogether;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "also write the result to a file as an HTML page, with a timeline for each host; the file"
              + " is emptied when the run starts")
  private Path html;

  @Option(names = "--plan", description = "print what the reverts would do; revert nothing")
  private boolean plan;

  @Option(
      names = "--max-concurrent",
      paramLabel = "N",
      description = "revert at most N domains concurrently; default: 64")
  private Integer maxConcurrent = 64;

  @Option(
      names = "--per-host",
      paramLabel = "N",
      description = "revert at most N domains of one host concurrently; default: 4")
  private Integer perHost = 4;

  @Option(
      names = "--host-timeout",
      paramLabel = "SECONDS",
      description = "give up a host that does not respond within this time; default: 30")
  private Integer hostTimeout = 30;

  @Option(
      names = "--deadline",
      paramLabel = "SECONDS",
      description = "limit the time of the whole run; a running libvirt call can't be stopped")
  private Integer deadline;

  private Optional<EarlierRun> earlier = Optional.empty();
  private final AtomicBoolean printed = new AtomicBoolean();

  /** The results so far: one for each domain that was started. */
  private final Map<List<String>, JsonObject> known =
      Collections.synchronizedMap(new LinkedHashMap<>());

  private volatile FleetRun run;
  private volatile boolean interrupted;
  private Optional<Duration> resumeSpread = Optional.empty();

  private RevertFleet() {}

  /** Runs the command, and exits with a status that the help text lists. */
  public static void main(String[] args) {
    run(new RevertFleet(), args);
  }

  @Override
  protected void handleInterruption() throws InterruptedException {
    if (run == null) {
      return;
    }
    interrupted = true;
    complain("interrupted: no further revert is started; waiting for the running reverts");
    run.stop();
    if (!endsInTime()) {
      complain(
          "no result within "
              + PATIENCE.toSeconds()
              + " s; libvirt continues"
              + (html == null ? "" : "; the HTML page is not written"));
      print(List.copyOf(known.values()));
    }
  }

  @Override
  protected int perform() {
    FleetReverter fleet;
    try {
      fleet = fleet();
      if (html != null) {
        OutputFile.write(html, "");
      }
    } catch (IOException e) {
      complain(e.getMessage());
      return ExitStatus.NOT_STARTED;
    }
    if (plan) {
      return print(fleet.plan());
    }
    run = fleet.start();
    FleetReport report = run.report().join();
    resumeSpread = report.resumeSpread();
    List<JsonObject> domains =
        report.entries().stream().map(RevertFleet::describe).map(this::afterEarlier).toList();
    print(domains);
    writePage(report);
    return status(domains);
  }

  private void print(List<JsonObject> domains) {
    if (!printed.compareAndSet(false, true)) {
      return;
    }
    if (printsJson() || interrupted) {
      Json.print(describe(domains));
    } else {
      System.out.println(text(domains));
    }
  }

  /** The exit status is about the domains, also if the page can't be written. */
  private void writePage(FleetReport report) {
    if (html != null) {
      try {
        OutputFile.write(html, report.toHtml());
      } catch (IOException e) {
        complain(e.getMessage());
      }
    }
  }

  private FleetReverter fleet() throws IOException {
    try {
      check(html == null || !plan, "--html shows the result of reverts; omit it, or --plan");
      if (resume != null) {
        check(
            snapshot == null && from == null,
            "--resume reads the snapshot and the hosts from its file; omit SNAPSHOT, URI, DOMAIN"
                + " and --from");
        check(
            selection.option().isEmpty(),
            "--resume reads how the snapshot is selected from its file; omit "
                + selection.option().orElse(""));
        takeSettingsOf(EarlierRun.read(resume));
      } else {
        takeFirstHost();
      }
      check(
          snapshot != null || selection.option().isPresent(),
          "SNAPSHOT is missing; type: "
              + typedName()
              + " SNAPSHOT URI [DOMAIN]..., or --newest, or --resume FILE");
      check(
          resume != null || from != null || !words.isEmpty(),
          "the host is missing; type: "
              + typedName()
              + " SNAPSHOT URI [DOMAIN]..., or add --from FILE");
      FleetReverter fleet =
          FleetReverter.with((uri, domain) -> settings(target(uri, domain)))
              .maxConcurrent(maxConcurrent)
              .maxConcurrentPerHost(perHost)
              .hostTimeout(Duration.ofSeconds(hostTimeout))
              .listener(new Progress());
      fleet = together ? fleet.together() : fleet;
      fleet = resumingTogether ? fleet.resumingTogether() : fleet;
      fleet = deadline == null ? fleet : fleet.deadline(Duration.ofSeconds(deadline));
      Hosts hosts = new Hosts();
      hosts.add(words);
      return addFromFiles(hosts.addTo(fleet));
    } catch (IllegalArgumentException e) {
      throw wrongUsage(e);
    }
  }

  /** Without SNAPSHOT, the first argument is a host. */
  private void takeFirstHost() {
    Optional<String> option = selection.option();
    if (option.isEmpty() || snapshot == null) {
      return;
    }
    check(
        snapshot.contains("://"),
        option.get() + " takes no SNAPSHOT; omit " + SafeText.quote(snapshot));
    words.add(0, snapshot);
    snapshot = null;
  }

  /** A domain whose revert was started before is reverted to the same snapshot. */
  private SnapshotReverter target(String uri, Domain domain) {
    SnapshotReverter reverter = SnapshotReverter.of(domain);
    return Optional.ofNullable(snapshot)
        .or(() -> earlier.flatMap(run -> run.startedSnapshot(uri, domain.getName())))
        .map(reverter::to)
        .orElseGet(() -> selection.applyTo(reverter));
  }

  private FleetReverter addFromFiles(FleetReverter fleet) throws IOException {
    Hosts hosts = new Hosts();
    try {
      if (from != null) {
        for (String line : InputFile.readOrStandardInput(from).lines().toList()) {
          List<String> ofLine = List.of(line.replaceFirst("#.*", "").strip().split("\\s+"));
          ofLine.forEach(this::checkRunsNothing);
          hosts.add(ofLine);
        }
      }
      if (earlier.isPresent()) {
        for (JsonObject domain : earlier.get().notReverted.values()) {
          hosts.add(checkedUri(domain), text(domain, "domain").stream().toList());
        }
      }
      return hosts.addTo(fleet);
    } catch (IllegalArgumentException e) {
      Path file = from == null ? resume : from;
      throw new IOException(SafeText.quote(file) + ": " + e.getMessage(), e);
    }
  }

  /** The author of a file must not choose a program that libvirt runs. */
  private void checkRunsNothing(String uri) {
    Optional<String> part = Connect.programChosenBy(uri);
    check(
        allowCommands || part.isEmpty(),
        SafeText.quoteUri(uri)
            + " may run a program through its "
            + part.orElse("")
            + "; if you trust the file, add --allow-commands");
  }

  private SnapshotReverter settings(SnapshotReverter reverter) {
    SnapshotReverter made = running ? reverter.running() : reverter;
    made = guarded ? made.guarded() : made;
    return safetySnapshot ? made.withSafetySnapshot() : made;
  }

  private String checkedUri(JsonObject domain) {
    String uri = domain.get("uri").getAsString();
    checkRunsNothing(uri);
    String printed = SafeText.uriWithoutSecrets(uri);
    check(
        uri.equals(printed) && !uri.contains("***"),
        "the URI "
            + SafeText.quote(printed)
            + " had a secret, which is not in the file: type this host and its domains on the"
            + " command line, and remove them from the file");
    return uri;
  }

  private void takeSettingsOf(EarlierRun run) {
    earlier = Optional.of(run);
    snapshot = text(run.object, "snapshot").orElse(null);
    selection = EarlierRun.selection(run.object).orElse(selection);
    running |= run.hasFlag("running");
    guarded |= run.hasFlag("guarded");
    safetySnapshot |= run.hasFlag("safetySnapshot");
    together |= run.isTogether();
    resumingTogether |= run.resumesTogether();
  }

  private JsonObject afterEarlier(JsonObject now) {
    return earlier.map(run -> run.merge(now)).orElse(now);
  }

  private static RevertOutcome outcome(JsonObject domain) {
    return RevertOutcome.valueOf(domain.get("outcome").getAsString());
  }

  private int print(FleetPlan made) {
    if (printsJson()) {
      Json.print(describe(made));
    } else {
      System.out.println(made);
    }
    return status(made);
  }

  private static int status(FleetPlan made) {
    if (made.entries().stream().allMatch(RevertFleet::matchesTarget)) {
      return ExitStatus.DONE;
    }
    return made.entries().stream().allMatch(entry -> entry.plan().isEmpty())
        ? ExitStatus.NOT_STARTED
        : ExitStatus.FAILED;
  }

  private static boolean matchesTarget(FleetPlan.Entry entry) {
    return entry.plan().filter(RevertPlan::matchesTarget).isPresent();
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
    object.addProperty("selection", selection.toText().orElse(null));
    object.addProperty("running", running);
    object.addProperty("guarded", guarded);
    object.addProperty("safetySnapshot", safetySnapshot);
    object.addProperty("together", together);
    object.addProperty("resumingTogether", resumingTogether);
    object.addProperty("resumeSpreadMillis", resumeSpread.map(Duration::toMillis).orElse(null));
    object.add("totals", totals);
    object.add("domains", array);
    return object;
  }

  /** Returns the totals on one line, and a line for each domain that was not reverted. */
  private String text(List<JsonObject> domains) {
    StringBuilder text = new StringBuilder();
    text.append(domains.size()).append(domains.size() == 1 ? " domain: " : " domains: ");
    text.append(
        totals(domains).entrySet().stream()
            .map(total -> total.getValue() + " " + words(total.getKey()))
            .collect(Collectors.joining(", ")));
    resumeSpread.ifPresent(
        spread -> text.append("; guests resumed within ").append(spread.toMillis()).append(" ms"));
    domains.stream()
        .filter(domain -> !isDone(domain))
        .forEach(domain -> text.append('\n').append(line(domain)));
    return text.toString();
  }

  private static String words(RevertOutcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String line(JsonObject domain) {
    String line =
        SafeText.escape(domain.get("uri").getAsString())
            + " "
            + text(domain, "domain").map(SafeText::quote).orElse("(domains not listed)")
            + ": "
            + outcome(domain)
            + message(domain, "message", ": ")
            + message(domain, "resolved", "; resolved outcome: ")
            + message(domain, "notStartedAgain", "; not started again: ");
    JsonArray left = domain.getAsJsonArray("leftSafetySnapshots");
    return left.isEmpty()
        ? line
        : line + "; safety snapshots that may still exist: " + SafeText.escapeJson(left.toString());
  }

  private static String message(JsonObject domain, String name, String label) {
    return text(domain, name).map(message -> label + SafeText.escapeMessage(message)).orElse("");
  }

  private static Optional<String> text(JsonObject domain, String name) {
    return Optional.ofNullable(domain.get(name))
        .filter(value -> !value.isJsonNull())
        .map(JsonElement::getAsString);
  }

  private JsonObject describe(FleetPlan made) {
    JsonArray domains = new JsonArray();
    for (FleetPlan.Entry entry : made.entries()) {
      JsonObject described = new JsonObject();
      described.addProperty("uri", SafeText.uriWithoutSecrets(entry.uri()));
      described.addProperty("domain", entry.domain().orElse(null));
      described.addProperty(
          "snapshot", entry.plan().flatMap(planned -> planned.request().snapshot()).orElse(null));
      described.addProperty("matchesTarget", matchesTarget(entry));
      described.addProperty("plan", entry.toString());
      domains.add(described);
    }
    JsonObject object = new JsonObject();
    object.addProperty("snapshot", snapshot);
    object.addProperty("selection", selection.toText().orElse(null));
    object.add("domains", domains);
    return object;
  }

  private static JsonObject describe(FleetEntry entry) {
    JsonObject described = described(entry.uri(), entry.domain(), entry.outcome());
    described.addProperty("snapshot", snapshot(entry).orElse(null));
    described.addProperty("reverted", entry.isReverted());
    described.addProperty("asBefore", entry.isAsBefore());
    described.addProperty(
        "message", entry.failure().map(LibvirtException::getMessage).orElse(null));
    described.addProperty(
        "resolved", entry.resolved().map(resolved -> resolved.verdict().name()).orElse(null));
    described.addProperty("safetySnapshot", entry.safetySnapshot().orElse(null));
    entry.leftSafetySnapshots().forEach(described.getAsJsonArray("leftSafetySnapshots")::add);
    return described;
  }

  /** Returns the snapshot that was selected; empty if none was. */
  private static Optional<String> snapshot(FleetEntry entry) {
    return entry
        .report()
        .map(RevertReport::snapshot)
        .or(
            () ->
                entry
                    .failure()
                    .filter(RevertException.class::isInstance)
                    .flatMap(e -> ((RevertException) e).details().request().snapshot()));
  }

  private static JsonObject described(String uri, Optional<String> domain, RevertOutcome outcome) {
    JsonObject described = new JsonObject();
    described.addProperty("uri", SafeText.uriWithoutSecrets(uri));
    described.addProperty("domain", domain.orElse(null));
    described.add("snapshot", JsonNull.INSTANCE);
    described.addProperty("outcome", outcome.name());
    described.addProperty("reverted", false);
    described.addProperty("asBefore", false);
    described.add("message", JsonNull.INSTANCE);
    described.add("resolved", JsonNull.INSTANCE);
    described.add("safetySnapshot", JsonNull.INSTANCE);
    described.add("notStartedAgain", JsonNull.INSTANCE);
    described.add("leftSafetySnapshots", new JsonArray());
    return described;
  }

  /** A domain whose guest was not resumed with the others is reverted, and not as requested. */
  private static boolean isDone(JsonObject domain) {
    return domain.get("reverted").getAsBoolean() && outcome(domain) != RevertOutcome.NOT_RESUMED;
  }

  private int status(List<JsonObject> domains) {
    List<JsonObject> failed =
        domains.stream().filter(domain -> !domain.get("reverted").getAsBoolean()).toList();
    if (failed.isEmpty()) {
      return domains.stream().allMatch(RevertFleet::isDone) ? ExitStatus.DONE : ExitStatus.FAILED;
    }
    if (failed.stream().anyMatch(RevertFleet::isUnknown)) {
      return ExitStatus.UNKNOWN;
    }
    if (totals(domains).keySet().equals(Set.of(RevertOutcome.NOT_STARTED))) {
      return ExitStatus.NOT_STARTED;
    }
    return totals(failed).keySet().equals(Set.of(RevertOutcome.ROLLED_BACK))
            || ((together || resumingTogether)
                && domains.stream().allMatch(RevertFleet::isAsBefore))
        ? ExitStatus.ROLLED_BACK
        : ExitStatus.FAILED;
  }

  /** A domain of an older file does not say so. */
  private static boolean isAsBefore(JsonObject domain) {
    return domain.has("asBefore") && domain.get("asBefore").getAsBoolean();
  }

  private static boolean isUnknown(JsonObject domain) {
    return domain.get("resolved").isJsonNull()
        && ExitStatus.of(outcome(domain)) == ExitStatus.UNKNOWN;
  }

  /** The output of an earlier run, with the domains that it did not revert. */
  private static final class EarlierRun {
    /** The boolean properties of a run. */
    private static final List<String> FLAGS = List.of("running", "guarded", "safetySnapshot");

    /** The boolean properties that older files do not have. */
    private static final List<String> LATER_FLAGS = List.of("together", "resumingTogether");

    private static final Set<JsonElement> OUTCOMES =
        Arrays.stream(RevertOutcome.values())
            .map(outcome -> new JsonPrimitive(outcome.name()))
            .collect(Collectors.toUnmodifiableSet());

    /** The properties of a domain that are strings or null. */
    private static final List<String> OPTIONAL_TEXTS =
        List.of("domain", "message", "resolved", "safetySnapshot", "notStartedAgain");

    private final JsonObject object;
    private final Map<List<JsonElement>, JsonObject> notReverted = new LinkedHashMap<>();

    private EarlierRun(JsonObject object) {
      this.object = object;
    }

    static EarlierRun read(Path file) throws IOException {
      EarlierRun run =
          Json.parseObject(InputFile.readOrStandardInput(file))
              .filter(EarlierRun::isRun)
              .map(EarlierRun::new)
              .orElseThrow(
                  () ->
                      new IOException(
                          SafeText.quote(file)
                              + " is not the output of revert-fleet with --json or after"
                              + " Ctrl-C"));
      for (JsonElement domain : run.object.getAsJsonArray("domains")) {
        run.add(domain.getAsJsonObject(), file);
      }
      return run;
    }

    private void add(JsonObject domain, Path file) throws IOException {
      if (!domain.get("reverted").getAsBoolean() && notReverted.put(key(domain), domain) != null) {
        throw new IOException(
            "%s: domain %s of %s is in the file twice"
                .formatted(
                    SafeText.quote(file),
                    text(domain, "domain").map(SafeText::quote).orElse("(domains not listed)"),
                    SafeText.quoteUri(domain.get("uri").getAsString())));
      }
    }

    private static boolean isRun(JsonObject run) {
      return hasTarget(run)
          && FLAGS.stream().map(run::get).allMatch(Json::isFlag)
          && LATER_FLAGS.stream().filter(run::has).map(run::get).allMatch(Json::isFlag)
          && run.get("domains") instanceof JsonArray domains
          && domains.asList().stream().allMatch(EarlierRun::isDomain);
    }

    private static boolean hasTarget(JsonObject run) {
      JsonElement snapshot = run.get("snapshot");
      return Json.isText(snapshot) || (snapshot instanceof JsonNull && selection(run).isPresent());
    }

    /** Returns the option that selected the snapshots; older files do not have it. */
    static Optional<Selection> selection(JsonObject run) {
      return Optional.ofNullable(run.get("selection"))
          .filter(Json::isText)
          .map(JsonElement::getAsString)
          .flatMap(Selection::parse);
    }

    /** Returns the snapshot to which the revert of a domain was started. */
    Optional<String> startedSnapshot(String uri, String domain) {
      return Optional.ofNullable(
              notReverted.get(List.of(new JsonPrimitive(uri), new JsonPrimitive(domain))))
          .filter(known -> outcome(known) != RevertOutcome.NOT_STARTED)
          .flatMap(known -> text(known, "snapshot"));
    }

    private static boolean isDomain(JsonElement element) {
      return element instanceof JsonObject domain
          && Json.isText(domain.get("uri"))
          && (!domain.has("snapshot") || isTextOrNull(domain.get("snapshot")))
          && OUTCOMES.contains(domain.get("outcome"))
          && Json.isFlag(domain.get("reverted"))
          && (!domain.has("asBefore") || Json.isFlag(domain.get("asBefore")))
          && OPTIONAL_TEXTS.stream().map(domain::get).allMatch(EarlierRun::isTextOrNull)
          && domain.get("leftSafetySnapshots") instanceof JsonArray left
          && left.asList().stream().allMatch(Json::isText);
    }

    private static boolean isTextOrNull(JsonElement value) {
      return value instanceof JsonNull || Json.isText(value);
    }

    boolean isTogether() {
      return object.has("together") && hasFlag("together");
    }

    boolean resumesTogether() {
      return object.has("resumingTogether") && hasFlag("resumingTogether");
    }

    boolean hasFlag(String name) {
      return object.get(name).getAsBoolean();
    }

    /** Returns the result to print: a revert that was not started again keeps its earlier one. */
    JsonObject merge(JsonObject now) {
      JsonObject before = notReverted.get(key(now));
      return before == null ? now : after(before, now);
    }

    private static List<JsonElement> key(JsonObject domain) {
      return List.of(domain.get("uri"), domain.get("domain"));
    }

    private static JsonObject after(JsonObject before, JsonObject now) {
      if (outcome(now) != RevertOutcome.NOT_STARTED
          || outcome(before) == RevertOutcome.NOT_STARTED) {
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
  }

  /** The hosts with named domains, and the hosts with all their domains. */
  private static final class Hosts {
    private final Map<String, List<String>> named = new LinkedHashMap<>();
    private final Set<String> whole = new LinkedHashSet<>();

    /** Adds hosts, each of them followed by its domains. */
    void add(List<String> words) {
      for (int i = 0; i < words.size(); i++) {
        String uri = words.get(i);
        if (uri.isEmpty()) {
          continue;
        }
        check(
            uri.contains("://"),
            SafeText.quote(uri) + " is not the URI of a host, such as qemu+tls://host1/system");
        int first = i + 1;
        while (i + 1 < words.size() && !words.get(i + 1).contains("://")) {
          i++;
        }
        add(uri, words.subList(first, i + 1));
      }
    }

    void add(String uri, List<String> domains) {
      if (domains.isEmpty()) {
        check(whole.add(uri), SafeText.quoteUri(uri) + " is given twice");
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

  /** Overwrites one line on a terminal; elsewhere, prints a line for each domain. */
  private final class Progress implements FleetListener {
    private final boolean terminal = isOnTerminal();

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
