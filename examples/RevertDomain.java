import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.LogText;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertFacts;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * Reverts a domain to a snapshot from the command line; {@code --help} says how, and {@code
 * examples/revert-domain} starts it. Needs picocli for its arguments, and Gson.
 */
@Command(
    name = "revert-domain",
    sortOptions = false,
    usageHelpWidth = 100,
    customSynopsis = "revert-domain URI DOMAIN SNAPSHOT [option]...",
    description = {
      "",
      "Reverts a libvirt domain to a snapshot, and checks that it is what was asked for. What the"
          + " guest has in memory and what changed since the snapshot is lost; on a terminal, it"
          + " asks before memory is lost.",
      ""
    },
    exitCodeListHeading = "%nexit status:%n",
    exitCodeList = {
      "0:reverted; with --plan: would be reverted; with --list: listed",
      "1:not reverted, or not as asked, or the guest is not ready; the message says what the domain"
          + " was left as",
      "2:wrong usage",
      "3:nothing was done: the connection, the domain or the snapshot could not be found, or not in"
          + " time, or the file can't be used, or the plan or the answer was against it",
      "4:nobody knows what was done: libvirt could not be asked afterwards, or the time was up",
      "5:it failed, and the domain was taken back to what it was before"
    },
    footer = {
      "",
      "examples:",
      "  revert-domain qemu:///system web01 clean-install --running --await-guest 60 --set-clock",
      "  revert-domain qemu:///system web01 clean-install --safety-snapshot --json > done.json",
      "  revert-domain qemu:///system --undo done.json",
      "  revert-domain --running -- qemu:///system \"$DOMAIN\" \"$SNAPSHOT\"",
      "",
      "After --, nothing is an option: a name that somebody else has chosen may begin with -."
    })
public final class RevertDomain implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int NOTHING_DONE = 3;
  private static final int UNKNOWN = 4;
  private static final int ROLLED_BACK = 5;

  /** What --undo reads at most, in bytes. A revert's object has some kilobytes. */
  private static final int LARGEST_FILE = 1 << 24;

  /** How long to wait for a connection, and for libvirt once the program was interrupted. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /**
   * This program prints what the library logs. A strong reference: LogManager holds loggers weakly.
   */
  private static final Logger LIBRARY_LOG = Logger.getLogger("io.github.libvirtsnapshot");

  @Parameters(index = "0", paramLabel = "URI", description = "the connection, as qemu:///system")
  private String uri;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DOMAIN",
      description = "the name, UUID or ID of the domain; not with --undo")
  private String domainName;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "SNAPSHOT",
      description = "the name of the snapshot; not with --current, --list and --undo")
  private String snapshot;

  @ArgGroup private OtherTarget other = new OtherTarget();

  /** What to do, if not to revert to a snapshot that is named. */
  private static final class OtherTarget {
    @Option(names = "--current", description = "revert to the current snapshot")
    private boolean current;

    @Option(names = "--list", description = "list the snapshots, and do nothing")
    private boolean list;

    @Option(
        names = "--undo",
        paramLabel = "FILE",
        description = "undo the revert that printed this file, with --safety-snapshot and --json")
    private Path undo;
  }

  @ArgGroup private StateAfterwards state = new StateAfterwards();

  /** The state that is asked for. */
  private static final class StateAfterwards {
    @Option(names = "--running", description = "leave it running, whatever it was then")
    private boolean running;

    @Option(names = "--paused", description = "leave it paused, whatever it was then")
    private boolean paused;
  }

  @Option(names = "--force", description = "go ahead where libvirt says \"requires force\"")
  private boolean force;

  @Option(names = "--reset-nvram", description = "make the NVRAM from its template again")
  private boolean resetNvram;

  @Option(names = "--plan", description = "say what it would do now, and touch nothing")
  private boolean plan;

  @Option(names = "--guarded", description = "plan first; do not begin what is known to fail")
  private boolean guarded;

  @Option(
      names = "--safety-snapshot",
      description = "keep the present in a snapshot first; go back to it on failure")
  private boolean safetySnapshot;

  @Option(
      names = "--enforce-state",
      description = "where libvirt leaves another state than asked for, bring it there")
  private boolean enforceState;

  @Option(names = "--retry", description = "try again up to 5 times while the domain is busy")
  private boolean retry;

  @Option(
      names = "--await-guest",
      paramLabel = "SECONDS",
      description = "wait so long at most until the guest agent answers")
  private Integer awaitGuest;

  @Option(names = "--set-clock", description = "set the guest's clock; needs --await-guest")
  private boolean setClock;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "wait so long at most for all of it; libvirt itself can't be stopped")
  private Integer timeout;

  @Option(names = "--yes", description = "do not ask")
  private boolean yes;

  @Option(names = "--json", description = "print one JSON object on the standard output")
  private boolean json;

  @Option(names = "--progress", description = "print what is going on meanwhile")
  private boolean progress;

  /** Only picocli reads it. */
  @SuppressWarnings("UnusedVariable")
  @Option(names = "--help", usageHelp = true, description = "print this text")
  private boolean help;

  private final long start = System.nanoTime();
  private final JsonObject object = new JsonObject();
  private final Interruption interruption = new Interruption();

  private RevertDomain() {}

  /** Reverts, and ends the process with the status that the help text lists. */
  public static void main(String[] args) {
    LIBRARY_LOG.setLevel(Level.OFF);
    RevertDomain command = new RevertDomain();
    Runtime.getRuntime().addShutdownHook(new Thread(command.interruption::handle));
    int status =
        new CommandLine(command)
            .setExpandAtFiles(false)
            .setParameterExceptionHandler((e, arguments) -> wrongUsage(e))
            .execute(args);
    command.interruption.over();
    System.exit(status);
  }

  private static int wrongUsage(ParameterException e) {
    complain(LogText.withoutSecrets(e.getMessage()) + "; --help says more");
    return CommandLine.ExitCode.USAGE;
  }

  private static void complain(String problem) {
    System.err.println("revert-domain: " + LogText.escapeMessage(problem));
  }

  @Override
  public Integer call() {
    checkUsage();
    int status = other.undo == null ? connect(Optional.empty()) : undo();
    if (json) {
      Gson gson =
          new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();
      System.out.println(LogText.escapeJson(gson.toJson(object)));
    }
    return status;
  }

  private void checkUsage() {
    boolean named = !other.current && !other.list && other.undo == null;
    check((domainName != null) == (other.undo == null), "DOMAIN is needed, except with --undo");
    check(
        (snapshot != null) == named,
        "SNAPSHOT is needed, except with --current, --list and --undo");
    check(awaitGuest != null || !setClock, "--set-clock needs --await-guest");
    check(awaitGuest == null || awaitGuest >= 1, "--await-guest needs 1 second or more");
    check(awaitGuest == null || !state.paused, "--await-guest and --paused exclude each other");
    check(timeout == null || timeout >= 1, "--timeout needs 1 second or more");
  }

  private void check(boolean condition, String problem) {
    if (!condition) {
      throw new ParameterException(new CommandLine(this), problem);
    }
  }

  private int undo() {
    try {
      return connect(Optional.of(Done.read(other.undo)));
    } catch (IOException e) {
      return refused(e.getMessage());
    }
  }

  private int connect(Optional<Done> done) {
    try (Connect connect = inTime(() -> Connect.open(uri, PATIENCE));
        Domain domain = inTime(() -> find(connect, done))) {
      return run(domain, done);
    } catch (RevertException e) {
      complain(e.getMessage());
      fill(e.facts(), Optional.of(e));
      return status(e.outcome());
    } catch (LibvirtException | IllegalStateException | IllegalArgumentException e) {
      String what =
          done.isPresent()
              ? LogText.quote(other.undo.toString())
              : "domain " + LogText.quote(domainName);
      String host = LogText.quote(LogText.uriWithoutSecrets(uri));
      return refused(what + " at " + host + ": " + e.getMessage());
    }
  }

  /**
   * Asks libvirt on a thread of its own if there is a time limit: nothing can interrupt libvirt.
   */
  private <T> T inTime(Question<T> question) throws LibvirtException {
    if (timeout == null) {
      return question.ask();
    }
    FutureTask<T> answer = new FutureTask<>(question::ask);
    Thread thread = new Thread(answer, "revert-domain-question");
    thread.setDaemon(true);
    thread.start();
    try {
      return answer.get(timeLeft().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw tooLate();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof LibvirtException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private interface Question<T> {
    T ask() throws LibvirtException;
  }

  private Duration timeLeft() throws LibvirtException {
    Duration left = Duration.ofSeconds(timeout).minusNanos(System.nanoTime() - start);
    if (left.isNegative() || left.isZero()) {
      throw tooLate();
    }
    return left.plusMillis(1).truncatedTo(ChronoUnit.MILLIS);
  }

  private LibvirtException tooLate() {
    return new LibvirtException(
        LibvirtError.of(
            ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
            ErrorDomain.VIR_FROM_NONE,
            "no answer within " + timeout + " s"));
  }

  /** As virsh does: an ID, or else a UUID, or else a name. */
  private Domain find(Connect connect, Optional<Done> done) throws LibvirtException {
    if (done.isPresent()) {
      return connect.domainLookupByUUIDString(done.get().uuid());
    }
    if (domainName.matches("[0-9]{1,9}")) {
      try {
        return connect.domainLookupByID(Integer.parseInt(domainName));
      } catch (NoSuchDomainException e) {
        // It may be a name.
      }
    }
    if (domainName.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
      try {
        return connect.domainLookupByUUIDString(domainName);
      } catch (NoSuchDomainException e) {
        // It may be a name.
      }
    }
    return connect.domainLookupByName(domainName);
  }

  private int run(Domain domain, Optional<Done> done) throws LibvirtException {
    if (other.list) {
      return list(domain);
    }
    SnapshotReverter reverter = target(settings(SnapshotReverter.of(domain)), done);
    if (plan) {
      return print(plan(reverter));
    }
    if (!yes && Boolean.getBoolean("example.terminal") && !isConfirmed(plan(reverter))) {
      complain("nothing was done");
      return nothingDone("the answer was against it");
    }
    Optional<RevertReport> report = revert(reverter);
    return report.isPresent() ? report(report.get()) : nothingDone("it was interrupted");
  }

  private SnapshotReverter target(SnapshotReverter reverter, Optional<Done> done) {
    if (done.isPresent()) {
      return reverter.undoing(done.get().safetySnapshot());
    }
    return other.current ? reverter.toCurrent() : reverter.to(snapshot);
  }

  private int refused(String why) {
    complain(why);
    return nothingDone(why);
  }

  private int nothingDone(String why) {
    object.addProperty("outcome", RevertOutcome.NOT_STARTED.name());
    object.addProperty("message", why);
    return NOTHING_DONE;
  }

  private SnapshotReverter settings(SnapshotReverter reverter) {
    SnapshotReverter made = reverter.listener(new Told());
    made = state.running ? made.running() : made;
    made = state.paused ? made.paused() : made;
    made = force ? made.force() : made;
    made = resetNvram ? made.resetNvram() : made;
    made = guarded ? made.guarded() : made;
    made = safetySnapshot ? made.withSafetySnapshot() : made;
    made = enforceState ? made.enforcingState() : made;
    made = retry ? made.retrying(5, Duration.ofSeconds(1)) : made;
    made = awaitGuest == null ? made : made.awaitingGuest(Duration.ofSeconds(awaitGuest));
    return setClock ? made.settingClock() : made;
  }

  private int list(Domain domain) throws LibvirtException {
    SnapshotTree tree = inTime(() -> SnapshotTree.of(domain));
    JsonArray list = new JsonArray();
    tree.stream().map(RevertDomain::describe).forEach(list::add);
    object.addProperty("domain", domain.getName());
    object.addProperty("uuid", domain.getUUIDString());
    object.add("snapshots", list);
    if (!json) {
      System.out.println(tree);
    }
    return 0;
  }

  private static JsonObject describe(SnapshotDetails snapshot) {
    JsonObject described = new JsonObject();
    described.addProperty("name", snapshot.name());
    described.addProperty("state", snapshot.state().map(SnapshotState::word).orElse(null));
    described.addProperty("taken", snapshot.taken().map(Instant::toString).orElse(null));
    described.addProperty("memory", snapshot.hasMemory());
    described.addProperty("external", snapshot.external());
    described.addProperty("parent", snapshot.parent().orElse(null));
    described.addProperty("current", snapshot.current().orElse(false));
    return described;
  }

  private RevertPlan plan(SnapshotReverter reverter) throws LibvirtException {
    return inTime(reverter::plan);
  }

  private int print(RevertPlan made) {
    fill(made);
    if (!json) {
      System.out.println(made);
    }
    return made.matchesTarget() ? 0 : FAILED;
  }

  /** Asks where the guest would lose what it has in memory. */
  private static boolean isConfirmed(RevertPlan plan) {
    if (plan.losses().stream().noneMatch(loss -> loss.kind() == Loss.Kind.MEMORY)) {
      return true;
    }
    System.err.println(plan);
    System.err.print("What the guest has in memory will be lost. Go on? [y/N] ");
    try {
      // Not closed: it is the standard input.
      String answer =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
      return answer != null && answer.strip().matches("(?i)y|yes");
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns nothing if it was interrupted before libvirt was asked. */
  private Optional<RevertReport> revert(SnapshotReverter reverter) throws LibvirtException {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      CompletableFuture<RevertReport> revert =
          timeout == null ? reverter.revertAsync(thread) : reverter.revertAsync(thread, timeLeft());
      interruption.watch(revert, thread);
      return Optional.of(revert.get());
    } catch (CancellationException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RevertException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      thread.shutdown();
    }
  }

  private int report(RevertReport report) {
    fill(report.facts(), Optional.empty());
    if (!json) {
      print(report);
    }
    return 0;
  }

  private static void print(RevertReport report) {
    System.out.printf(
        "%s: %s -> %s, snapshot %s, %d ms%n",
        LogText.escape(report.domain()),
        report.before().stateAndReason(),
        report.after().stateAndReason(),
        LogText.escape(report.snapshot()),
        report.elapsed().toMillis());
    report.guest().ifPresent(System.out::println);
    report
        .safetySnapshot()
        .ifPresent(
            name -> System.out.println("what it was before: snapshot " + LogText.escape(name)));
  }

  private static int status(RevertOutcome outcome) {
    return switch (outcome) {
      case REVERTED -> 0;
      case NOT_STARTED -> NOTHING_DONE;
      case FAILED, WRONG_STATE, ROLLBACK_FAILED, GUEST_SILENT, CLOCK_NOT_SET -> FAILED;
      case UNKNOWN, IN_PROGRESS -> UNKNOWN;
      case ROLLED_BACK -> ROLLED_BACK;
    };
  }

  private void fill(RevertFacts facts, Optional<RevertException> failure) {
    RevertRequest request = facts.request();
    object.addProperty("outcome", facts.outcome().name());
    object.addProperty("message", failure.map(Throwable::getMessage).orElse(null));
    object.addProperty("domain", request.domain());
    object.addProperty("uuid", request.uuid());
    object.addProperty("snapshot", request.snapshot().orElse(null));
    object.addProperty("flags", RevertFlag.describe(request.flags()));
    object.add("before", facts.before().map(RevertDomain::describe).orElse(null));
    object.add("after", facts.after().map(RevertDomain::describe).orElse(null));
    object.addProperty("attempts", facts.attempts().size());
    object.addProperty("safetySnapshot", facts.safetySnapshot().orElse(null));
    object.add("contents", words(facts.contents()));
    object.add("guest", facts.guest().map(RevertDomain::describe).orElse(null));
    object.add(
        "clock",
        facts.guest().flatMap(GuestStatus::clock).map(RevertDomain::describe).orElse(null));
    object.add("error", failure.map(RevertDomain::describe).orElse(null));
    if (!object.has("plan")) {
      object.add("plan", JsonNull.INSTANCE);
    }
  }

  private void fill(RevertPlan made) {
    JsonObject described = new JsonObject();
    described.addProperty("matchesTarget", made.matchesTarget());
    described.addProperty("state", made.stateAfter().map(DomainState::words).orElse(null));
    described.addProperty("refusal", made.refusal().map(Object::toString).orElse(null));
    described.addProperty("wayOut", made.refusal().map(Refusal::wayOut).orElse(null));
    described.add("lost", words(made.losses()));
    described.add("putBack", words(made.configurationChanges()));
    described.add("contents", words(made.contents()));
    described.add("unknown", words(made.unknowns()));
    object.add("plan", described);
  }

  private static JsonArray words(List<?> values) {
    JsonArray words = new JsonArray();
    values.forEach(value -> words.add(value.toString()));
    return words;
  }

  private static JsonObject describe(DomainStatus status) {
    JsonObject described = new JsonObject();
    described.addProperty("state", status.state().words());
    described.addProperty("reason", status.reason().words());
    described.addProperty("persistent", status.persistent());
    described.addProperty("managedSave", status.managedSave());
    described.addProperty("currentSnapshot", status.currentSnapshot().orElse(null));
    return described;
  }

  private static JsonObject describe(GuestStatus guest) {
    JsonObject described = new JsonObject();
    described.addProperty("answered", guest.answered());
    described.addProperty("waitedMillis", guest.waited().toMillis());
    described.addProperty("frozen", guest.frozen());
    return described;
  }

  private static JsonObject describe(ClockSetting clock) {
    JsonObject described = new JsonObject();
    described.addProperty("behindBeforeMillis", clock.behindBefore().toMillis());
    described.addProperty("behindAfterMillis", clock.behindAfter().toMillis());
    described.addProperty("fromRealTimeClock", clock.fromRealTimeClock());
    return described;
  }

  private static JsonElement describe(RevertException failure) {
    LibvirtError error = failure.getError();
    if (error.getCode() == ErrorNumber.VIR_ERR_OK) {
      return JsonNull.INSTANCE;
    }
    JsonObject described = new JsonObject();
    described.addProperty("code", error.getRawCode());
    described.addProperty("name", error.getCode().name());
    described.addProperty("domain", error.getRawDomain());
    described.addProperty(
        "message",
        Optional.ofNullable(error.getMessage()).map(LogText::withoutSecrets).orElse(null));
    return described;
  }

  /** Tells what is going on, as some of it takes its time. */
  private final class Told implements RevertListener {
    @Override
    public void planned(RevertPlan made) {
      fill(made);
      tell(made.toString());
    }

    @Override
    public void safetySnapshotTaken(RevertRequest request, String name) {
      tell("* took safety snapshot " + LogText.escape(name));
    }

    @Override
    public void reverting(RevertRequest request, DomainStatus before) {
      tell("* reverting " + request);
    }

    @Override
    public void retrying(RevertRequest request, RevertAttempt failed) {
      tell("* it is busy; trying again");
    }

    @Override
    public void awaitingGuest(RevertRequest request, DomainStatus after) {
      tell("* reverted; waiting for the guest");
    }

    private void tell(String moment) {
      if (progress) {
        System.err.println(moment);
      }
    }
  }

  /** What --undo needs of what --json has printed. */
  private record Done(String uuid, String safetySnapshot) {
    static Done read(Path file) throws IOException {
      String text = contents(file);
      try {
        JsonObject done = JsonParser.parseString(text).getAsJsonObject();
        if (isText(done.get("uuid")) && isText(done.get("safetySnapshot"))) {
          return new Done(done.get("uuid").getAsString(), done.get("safetySnapshot").getAsString());
        }
      } catch (JsonParseException | IllegalStateException e) {
        // It is something else.
      }
      throw new IOException(
          LogText.quote(file.toString())
              + " is not what --safety-snapshot --json printed of a revert that can be undone");
    }

    private static boolean isText(JsonElement value) {
      return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    private static String contents(Path file) throws IOException {
      String name = LogText.quote(file.toString());
      if (!Files.isRegularFile(file)) {
        throw new IOException(name + " is no regular file, or does not exist");
      }
      byte[] bytes;
      try (InputStream stream = Files.newInputStream(file)) {
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
  }

  /** Ctrl-C, or another signal that ends the program: it says what was done. */
  private static final class Interruption {
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile CompletableFuture<RevertReport> revert;
    private volatile ExecutorService thread;

    void watch(CompletableFuture<RevertReport> running, ExecutorService itsThread) {
      revert = running;
      thread = itsThread;
    }

    /** The program ends by itself, and has said all. */
    void over() {
      over.countDown();
    }

    /** Runs when the program ends, whatever the reason. */
    void handle() {
      if (over.getCount() == 0) {
        return;
      }
      boolean calledOff = revert == null || revert.cancel(false);
      complain(
          calledOff
              ? "interrupted: libvirt was not asked to revert, and will not be"
              : "interrupted: libvirt was asked, and can't be called back; waiting for its answer");
      try {
        boolean ended = calledOff ? hasEnded() : over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
          complain("no answer yet; the host goes on with it");
        }
      } catch (InterruptedException e) {
        complain("not waiting any longer; the host goes on with it");
      }
    }

    /** A safety snapshot that was just taken is deleted first. */
    private boolean hasEnded() throws InterruptedException {
      if (thread == null) {
        return true;
      }
      thread.shutdown();
      return thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }
}
