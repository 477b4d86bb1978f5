import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import command.ExitStatus;
import command.InputFile;
import command.Json;
import command.Program;
import command.SafeText;
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
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertDetails;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Reverts a domain to a snapshot from the command line; {@code --help} says how, and {@code
 * examples/revert-domain} starts it. Needs picocli for its arguments, and Gson.
 */
@Command(
    name = "revert-domain",
    customSynopsis = "revert-domain URI DOMAIN SNAPSHOT [option]...",
    description = {
      "",
      "Reverts a libvirt domain to a snapshot, and checks that it is what was asked for. What the"
          + " guest has in memory and what changed since the snapshot is lost; on a terminal, it"
          + " asks before memory is lost.",
      ""
    },
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
      Program.ABOUT_HYPHENS
    })
public final class RevertDomain extends Program {
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

  @Option(names = "--progress", order = 2, description = "print what is going on meanwhile")
  private boolean progress;

  private final long start = System.nanoTime();
  private final Output output = new Output();

  private volatile RunningRevert running;

  private RevertDomain() {}

  /** Reverts, and ends the process with the status that the help text lists. */
  public static void main(String[] args) {
    new RevertDomain().run(args);
  }

  @Override
  public Integer call() {
    try {
      checkUsage();
    } catch (IllegalArgumentException e) {
      throw wrongUsage(e);
    }
    int status = other.undo == null ? connect(Optional.empty()) : undo();
    if (printsJson()) {
      Json.print(output.object);
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
      output.add(e.details(), Optional.of(e));
      return ExitStatus.of(e.outcome());
    } catch (LibvirtException | IllegalStateException | IllegalArgumentException e) {
      String what =
          done.isPresent() ? SafeText.quote(other.undo) : "domain " + SafeText.quote(domainName);
      return refused(what + " at " + SafeText.quoteUri(uri) + ": " + e.getMessage());
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
    if (!yes && isOnTerminal() && !isConfirmed(plan(reverter))) {
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
    output.addNothingDone(why);
    return ExitStatus.NOTHING_DONE;
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
    output.addSnapshots(domain, tree);
    if (!printsJson()) {
      System.out.println(tree);
    }
    return ExitStatus.DONE;
  }

  private RevertPlan plan(SnapshotReverter reverter) throws LibvirtException {
    return inTime(reverter::plan);
  }

  private int print(RevertPlan made) {
    output.add(made);
    if (!printsJson()) {
      System.out.println(made);
    }
    return made.matchesTarget() ? ExitStatus.DONE : ExitStatus.FAILED;
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
      running = new RunningRevert(revert, thread);
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

  @Override
  protected void handleInterruption() throws InterruptedException {
    RunningRevert revert = running;
    boolean calledOff = revert == null || revert.report.cancel(false);
    complain(
        calledOff
            ? "interrupted: libvirt was not asked to revert, and will not be"
            : "interrupted: libvirt was asked, and can't be called back; waiting for its answer");
    boolean ended = calledOff ? revert == null || revert.hasEnded() : endsInTime();
    if (!ended) {
      complain("no answer yet; the host goes on with it");
    }
  }

  private int report(RevertReport report) {
    output.add(report.details(), Optional.empty());
    if (!printsJson()) {
      print(report);
    }
    return ExitStatus.DONE;
  }

  private static void print(RevertReport report) {
    System.out.printf(
        "%s: %s -> %s, snapshot %s, %d ms%n",
        SafeText.escape(report.domain()),
        report.before().stateAndReason(),
        report.after().stateAndReason(),
        SafeText.escape(report.snapshot()),
        report.elapsed().toMillis());
    report.guest().ifPresent(System.out::println);
    report
        .safetySnapshot()
        .ifPresent(
            name -> System.out.println("what it was before: snapshot " + SafeText.escape(name)));
  }

  /** A revert, and the thread that it runs on. */
  private record RunningRevert(CompletableFuture<RevertReport> report, ExecutorService thread) {
    /**
     * Waits for a revert that was given up: the revert deletes the safety snapshot that it took.
     */
    boolean hasEnded() throws InterruptedException {
      thread.shutdown();
      return thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Tells what is going on, as some of it takes its time. */
  private final class Told implements RevertListener {
    @Override
    public void planned(RevertPlan made) {
      output.add(made);
      tell(made.toString());
    }

    @Override
    public void safetySnapshotTaken(RevertRequest request, String name) {
      tell("* created safety snapshot " + SafeText.escape(name));
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

  /** The object that --json prints. */
  private static final class Output {
    private final JsonObject object = new JsonObject();

    void addNothingDone(String why) {
      object.addProperty("outcome", RevertOutcome.NOT_STARTED.name());
      object.addProperty("message", why);
    }

    void addSnapshots(Domain domain, SnapshotTree tree) throws LibvirtException {
      JsonArray list = new JsonArray();
      tree.stream().map(Output::describe).forEach(list::add);
      object.addProperty("domain", domain.getName());
      object.addProperty("uuid", domain.getUUIDString());
      object.add("snapshots", list);
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

    void add(RevertDetails details, Optional<RevertException> failure) {
      RevertRequest request = details.request();
      object.addProperty("outcome", details.outcome().name());
      object.addProperty("message", failure.map(Throwable::getMessage).orElse(null));
      object.addProperty("domain", request.domain());
      object.addProperty("uuid", request.uuid());
      object.addProperty("snapshot", request.snapshot().orElse(null));
      object.addProperty("flags", RevertFlag.describe(request.flags()));
      object.add("before", details.before().map(Output::describe).orElse(null));
      object.add("after", details.after().map(Output::describe).orElse(null));
      object.addProperty("attempts", details.attempts().size());
      object.addProperty("safetySnapshot", details.safetySnapshot().orElse(null));
      object.add("contents", words(details.contents()));
      object.add("guest", details.guest().map(Output::describe).orElse(null));
      object.add(
          "clock", details.guest().flatMap(GuestStatus::clock).map(Output::describe).orElse(null));
      object.add("error", failure.map(Output::describe).orElse(null));
      if (!object.has("plan")) {
        object.add("plan", JsonNull.INSTANCE);
      }
    }

    void add(RevertPlan made) {
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
          Optional.ofNullable(error.getMessage()).map(SafeText::withoutSecrets).orElse(null));
      return described;
    }
  }

  /** What --undo needs of what --json has printed. */
  private record Done(String uuid, String safetySnapshot) {
    static Done read(Path file) throws IOException {
      return Json.parseObject(InputFile.read(file))
          .filter(done -> Json.isText(done.get("uuid")) && Json.isText(done.get("safetySnapshot")))
          .map(Done::of)
          .orElseThrow(
              () ->
                  new IOException(
                      SafeText.quote(file)
                          + " is not what --safety-snapshot --json printed of a revert that can be"
                          + " undone"));
    }

    private static Done of(JsonObject done) {
      return new Done(done.get("uuid").getAsString(), done.get("safetySnapshot").getAsString());
    }
  }
}
