import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.fleet.FleetEntry;
import io.github.libvirtsnapshot.fleet.FleetListener;
import io.github.libvirtsnapshot.fleet.FleetPlan;
import io.github.libvirtsnapshot.fleet.FleetProgress;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.fleet.FleetRun;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
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
    customSynopsis = "revert-fleet SNAPSHOT URI [DOMAIN]... [URI [DOMAIN]...]... [option]...",
    description = {
      "",
      "Reverts domains on libvirt hosts to the snapshot of this name, many at once. What the guests"
          + " have in memory and what changed since the snapshot is lost; nothing asks. Ctrl-C"
          + " begins nothing more, lets what runs end, and prints what --resume takes.",
      ""
    },
    exitCodeListHeading = "%nexit status:%n",
    exitCodeList = {
      "0:all were reverted; with --plan: would be",
      "1:some were not reverted, or not as asked",
      "2:wrong usage",
      "3:nothing was done to any of them",
      "4:of some, nobody knows what was done",
      "5:some failed, and those were taken back to what they were before"
    },
    footer = {
      "",
      "examples:",
      "  revert-fleet clean qemu+tls://host1/system web01 web02 qemu+tls://host2/system",
      "  revert-fleet clean --from hosts.txt --running --deadline 300 --json > done.json",
      "  revert-fleet clean --resume done.json --running"
    })
public final class RevertFleet implements Callable<Integer> {
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

  @Parameters(index = "0", paramLabel = "SNAPSHOT", description = "the name of the snapshot")
  private String snapshot;

  @Parameters(
      index = "1..*",
      paramLabel = "URI [DOMAIN]...",
      description = "a host, as qemu+tls://host1/system, and its domains; all, if none follows")
  private List<String> words = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = "read hosts from a file: a line for each, URI [DOMAIN]...; # begins a comment")
  private Path from;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description = "those that were not reverted, by what --json or Ctrl-C printed")
  private Path resume;

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

  private final CountDownLatch over = new CountDownLatch(1);
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
            .setParameterExceptionHandler((e, arguments) -> wrongUsage(e))
            .execute(args);
    command.over.countDown();
    System.exit(status);
  }

  private static int wrongUsage(ParameterException e) {
    complain(LogText.escape(e.getMessage()) + "; --help says more");
    return CommandLine.ExitCode.USAGE;
  }

  private static void complain(String problem) {
    System.err.println("revert-fleet: " + problem);
  }

  /** Runs when the program ends, whatever the reason. */
  private void interrupt() {
    if (run == null || over.getCount() == 0) {
      return;
    }
    interrupted = true;
    complain("interrupted: nothing more is begun; waiting for what runs");
    run.stop();
    try {
      if (!over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        complain("no answer yet; the hosts go on with it");
      }
    } catch (InterruptedException e) {
      complain("not waiting any longer; the hosts go on with it");
    }
  }

  @Override
  public Integer call() {
    FleetReverter fleet = fleet();
    if (plan) {
      return print(fleet.plan());
    }
    run = fleet.start();
    FleetReport report = run.report().join();
    if (json || interrupted) {
      print(describe(report));
    } else {
      System.out.println(report);
    }
    return status(report);
  }

  private FleetReverter fleet() {
    try {
      FleetReverter fleet =
          FleetReverter.with(domain -> settings(SnapshotReverter.of(domain).to(snapshot)))
              .atOnce(atOnce)
              .atOncePerHost(perHost)
              .listener(new Told());
      fleet = deadline == null ? fleet : fleet.deadline(Duration.ofSeconds(deadline));
      fleet = add(fleet, words);
      if (from != null) {
        for (String line : Files.readAllLines(from)) {
          fleet = add(fleet, List.of(line.replaceFirst("#.*", "").strip().split("\\s+")));
        }
      }
      fleet = resume == null ? fleet : resumed(fleet, resume);
      check(!words.isEmpty() || from != null || resume != null, "no host is named");
      return fleet;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(new CommandLine(this), e.getMessage(), e);
    } catch (IOException e) {
      throw new ParameterException(new CommandLine(this), e.getMessage() + " can't be read", e);
    }
  }

  private void check(boolean condition, String problem) {
    if (!condition) {
      throw new ParameterException(new CommandLine(this), problem);
    }
  }

  private SnapshotReverter settings(SnapshotReverter reverter) {
    SnapshotReverter made = running ? reverter.running() : reverter;
    made = guarded ? made.guarded() : made;
    return safetySnapshot ? made.withSafetySnapshot() : made;
  }

  /** Adds hosts, each followed by its domains. */
  private FleetReverter add(FleetReverter fleet, List<String> hosts) {
    FleetReverter added = fleet;
    for (int i = 0; i < hosts.size(); i++) {
      String uri = hosts.get(i);
      if (uri.isEmpty()) {
        continue;
      }
      check(uri.contains("://"), "\"" + uri + "\" is no URI of a host");
      int first = i + 1;
      while (i + 1 < hosts.size() && !hosts.get(i + 1).contains("://")) {
        i++;
      }
      List<String> domains = hosts.subList(first, i + 1);
      added =
          domains.isEmpty()
              ? added.on(uri, FleetReverter.allDomains())
              : added.on(uri, domains.toArray(String[]::new));
    }
    return added;
  }

  private static FleetReverter resumed(FleetReverter fleet, Path file) throws IOException {
    FleetReverter added = fleet;
    try {
      JsonObject done = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      for (JsonElement element : done.getAsJsonArray("domains")) {
        JsonObject entry = element.getAsJsonObject();
        if (!entry.get("reverted").getAsBoolean()) {
          String uri = entry.get("uri").getAsString();
          added =
              entry.get("domain").isJsonNull()
                  ? added.on(uri, FleetReverter.allDomains())
                  : added.on(uri, entry.get("domain").getAsString());
        }
      }
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      throw new IllegalArgumentException(
          file + " is not what --json or Ctrl-C printed of an earlier run", e);
    }
    return added;
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
    System.out.println(
        new GsonBuilder()
            .setPrettyPrinting()
            .serializeNulls()
            .disableHtmlEscaping()
            .create()
            .toJson(object));
  }

  private static JsonObject describe(FleetReport report) {
    JsonObject totals = new JsonObject();
    report.totals().forEach((outcome, count) -> totals.addProperty(outcome.name(), count));
    JsonArray domains = new JsonArray();
    report.entries().stream().map(RevertFleet::describe).forEach(domains::add);
    JsonObject object = new JsonObject();
    object.add("totals", totals);
    object.add("domains", domains);
    return object;
  }

  private static JsonObject describe(FleetPlan made) {
    JsonArray domains = new JsonArray();
    for (FleetPlan.Entry entry : made.entries()) {
      JsonObject described = new JsonObject();
      described.addProperty("uri", entry.uri());
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
    JsonObject described = new JsonObject();
    described.addProperty("uri", entry.uri());
    described.addProperty("domain", entry.domain().orElse(null));
    described.addProperty("outcome", entry.outcome().name());
    described.addProperty("reverted", entry.isReverted());
    described.addProperty(
        "message", entry.failure().map(LibvirtException::getMessage).orElse(null));
    described.addProperty(
        "found", entry.finding().map(finding -> finding.verdict().name()).orElse(null));
    described.addProperty("safetySnapshot", entry.safetySnapshot().orElse(null));
    return described;
  }

  private static int status(FleetReport report) {
    Map<RevertOutcome, Integer> totals = report.totals();
    if (report.isComplete()) {
      return 0;
    }
    if (report.entries().stream().anyMatch(RevertFleet::isUnknown)) {
      return UNKNOWN;
    }
    if (totals.keySet().equals(Set.of(RevertOutcome.NOT_STARTED))) {
      return NOTHING_DONE;
    }
    boolean allBack =
        report.entries().stream()
            .filter(entry -> !entry.isReverted())
            .allMatch(entry -> entry.outcome() == RevertOutcome.ROLLED_BACK);
    return allBack ? ROLLED_BACK : FAILED;
  }

  private static boolean isUnknown(FleetEntry entry) {
    return entry.finding().isEmpty()
        && (entry.outcome() == RevertOutcome.UNKNOWN
            || entry.outcome() == RevertOutcome.IN_PROGRESS);
  }

  /** One line that is written over on a terminal, and a line for each failure elsewhere. */
  private static final class Told implements FleetListener {
    private final boolean terminal = Boolean.getBoolean("example.terminal");

    @Override
    public void finished(FleetEntry entry, FleetProgress progress) {
      if (terminal) {
        System.err.printf("\r%s\033[K%s", progress, progress.left() == 0 ? "\n" : "");
      } else {
        System.err.println(progress + (entry.isReverted() ? "" : ": " + entry));
      }
    }
  }
}
