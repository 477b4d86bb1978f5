import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import command.ExitStatus;
import command.InputFile;
import command.Json;
import command.Program;
import command.SafeText;
import command.Selection;
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
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.guest.ProbeResult;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertDetails;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertIntent;
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
 * The command revert-domain, which reverts a domain to a snapshot. The script {@code
 * examples/revert-domain} starts it, and {@code --help} prints its options. It needs picocli and
 * Gson.
 */
@Command(
    name = "revert-domain",
    header = "revert a libvirt domain to a snapshot",
    customSynopsis = {
      "revert-domain URI DOMAIN SNAPSHOT [option]...",
      "       revert-domain URI DOMAIN --newest|--match GLOB|--current|--parent [option]...",
      "       revert-domain URI DOMAIN --list [option]...",
      "       revert-domain URI DOMAIN --delete-safety-snapshot NAME [option]...",
      "       revert-domain URI --undo FILE [option]..."
    },
    description = {
      "",
      "Reverts a libvirt domain to a snapshot, and checks the state of the domain afterwards. The"
          + " contents of the guest's memory and all changes since the snapshot are lost. On a"
          + " terminal, the command asks for confirmation before memory is lost.",
      ""
    },
    exitCodeList = {
      "0:the domain was reverted; with --plan: the domain would be reverted; with --list: the"
          + " snapshots were listed; with --delete-safety-snapshot: the snapshot was deleted",
      "1:the revert failed, the domain is not in the requested state, or the guest is not ready; the"
          + " message names the state of the domain; with --plan: the domain would not be reverted"
          + " as requested",
      "2:wrong usage",
      "3:not started: the host did not respond, the domain or the snapshot was not found, FILE can't"
          + " be used, the plan predicts a failure, no safety snapshot could be created, or the"
          + " confirmation was refused",
      "4:the outcome is unknown: libvirt could not be queried after the revert, or the time limit"
          + " passed",
      "5:the revert failed and was rolled back: the domain is as before"
    },
    footer = {
      "",
      "examples:",
      "  revert-domain qemu:///system web01 clean-install --running --await-guest 60 --set-clock",
      "  revert-domain qemu:///system web01 clean-install --safety-snapshot --json > done.json",
      "  revert-domain qemu:///system --undo done.json",
      "  revert-domain qemu:///system web01 --match 'clean-*' --plan",
      "  revert-domain qemu:///system web01 --list",
      "  revert-domain --running -- qemu:///system \"$DOMAIN\" \"$SNAPSHOT\"",
      "",
      Program.ABOUT_HYPHENS
    })
public final class RevertDomain extends Program {
  private static final int MAX_PORT = 65_535;

  @Parameters(index = "0", paramLabel = "URI", description = "the host, such as qemu:///system")
  private String uri;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DOMAIN",
      description = "the name, UUID or ID of the domain; omit it with --undo")
  private String domainName;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "SNAPSHOT",
      description =
          "the name of the snapshot; omit it with --newest, --match, --parent, --current, --list,"
              + " --delete-safety-snapshot and --undo")
  private String snapshot;

  @ArgGroup private WithoutSnapshot action = new WithoutSnapshot();

  /** The actions that take no SNAPSHOT. */
  private static final class WithoutSnapshot extends Selection {
    @Option(names = "--current", description = "revert to the current snapshot")
    private boolean current;

    @Option(names = "--list", description = "list the snapshots; revert nothing")
    private boolean list;

    @Option(
        names = "--delete-safety-snapshot",
        paramLabel = "NAME",
        description =
            "delete a safety snapshot that is not needed for --undo any more; revert nothing")
    private String safetySnapshotToDelete;

    @Option(
        names = "--undo",
        paramLabel = "FILE",
        description =
            "undo a revert; FILE is the output of that revert with --safety-snapshot --json")
    private Path undo;

    @Override
    public Optional<String> option() {
      if (current) {
        return Optional.of("--current");
      }
      if (list) {
        return Optional.of("--list");
      }
      if (safetySnapshotToDelete != null) {
        return Optional.of("--delete-safety-snapshot");
      }
      return undo == null ? super.option() : Optional.of("--undo");
    }

    @Override
    public SnapshotReverter applyTo(SnapshotReverter reverter) {
      return current ? reverter.toCurrent() : super.applyTo(reverter);
    }
  }

  @ArgGroup private StateAfterwards state = new StateAfterwards();

  /** The requested state. */
  private static final class StateAfterwards {
    @Option(
        names = "--running",
        description = "leave the domain running; default: in the state of the snapshot")
    private boolean running;

    @Option(
        names = "--paused",
        description = "leave the domain paused; default: in the state of the snapshot")
    private boolean paused;
  }

  @Option(names = "--force", description = "revert even if libvirt reports \"requires force\"")
  private boolean force;

  @Option(names = "--reset-nvram", description = "reset the NVRAM to its template")
  private boolean resetNvram;

  @Option(names = "--plan", description = "print what the revert would do; revert nothing")
  private boolean plan;

  @Option(
      names = "--guarded",
      description = "plan first; do not start a revert if the plan predicts a failure")
  private boolean guarded;

  @Option(
      names = "--safety-snapshot",
      description =
          "create a safety snapshot first, for the rollback of a revert that fails, and for --undo")
  private boolean safetySnapshot;

  @Option(
      names = "--enforce-state",
      description = "correct the state if libvirt leaves another state than requested")
  private boolean enforceState;

  @Option(
      names = "--retry",
      description = "make up to 5 attempts, with pauses of 1 second, while the domain is busy")
  private boolean retry;

  @Option(
      names = "--await-guest",
      paramLabel = "SECONDS",
      description = "wait until the guest agent responds, for this time at most")
  private Integer awaitGuest;

  @Option(
      names = "--await-tcp",
      paramLabel = "PORT",
      description = "wait for this TCP port of the guest, not for the agent; needs --await-guest")
  private Integer awaitTcp;

  @Option(
      names = "--set-clock",
      description = "set the guest's clock through the guest agent; needs --await-guest")
  private boolean setClock;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "limit the time of the whole command; a running libvirt call can't be stopped")
  private Integer timeout;

  @Option(names = "--yes", description = "do not ask for confirmation")
  private boolean yes;

  @Option(names = "--progress", order = 2, description = "print each step on standard error")
  private boolean progress;

  private final long start = System.nanoTime();
  private final Output output = new Output();

  private volatile RunningRevert running;
  private volatile boolean deleting;

  private RevertDomain() {}

  /** Runs the command, and exits with a status that the help text lists. */
  public static void main(String[] args) {
    run(new RevertDomain(), args);
  }

  @Override
  protected int perform() {
    try {
      checkUsage();
    } catch (IllegalArgumentException e) {
      throw wrongUsage(e);
    }
    int status = action.undo == null ? connect(Optional.empty()) : undo();
    if (printsJson()) {
      Json.print(output.object);
    }
    return status;
  }

  private void checkUsage() {
    if (action.undo == null) {
      check(domainName != null, "DOMAIN is missing; type: " + typedName() + " URI DOMAIN SNAPSHOT");
    } else {
      check(
          domainName == null,
          "--undo reads the domain and the snapshot from its file; omit "
              + SafeText.quote(String.valueOf(domainName)));
    }
    Optional<String> name = action.option();
    check(
        snapshot != null || name.isPresent(),
        "SNAPSHOT is missing; type its name, --newest, --current, or --list to see the names");
    check(
        snapshot == null || name.isEmpty(),
        name.orElse("") + " takes no SNAPSHOT; omit " + SafeText.quote(String.valueOf(snapshot)));
    check(
        action.safetySnapshotToDelete == null || !plan,
        "--plan and --delete-safety-snapshot exclude each other; omit one of them");
    check(awaitGuest != null || !setClock, "--set-clock needs --await-guest SECONDS");
    check(awaitGuest != null || awaitTcp == null, "--await-tcp needs --await-guest SECONDS");
    check(
        awaitTcp == null || awaitTcp <= MAX_PORT,
        awaitTcp + " is not a TCP port; type a number from 1 to " + MAX_PORT);
    check(
        awaitGuest == null || !state.paused,
        "--await-guest needs a running guest; omit --paused or --await-guest");
  }

  private int undo() {
    try {
      return connect(Optional.of(UndoFile.read(action.undo)));
    } catch (IOException e) {
      return refuse(e.getMessage());
    }
  }

  private int connect(Optional<UndoFile> undo) {
    try (Connect connect = inTime(() -> Connect.open(uri, PATIENCE));
        Domain domain = inTime(() -> find(connect, undo))) {
      return run(connect, domain, undo);
    } catch (RevertException e) {
      complain(e.getMessage());
      output.add(e.details(), Optional.of(e));
      return ExitStatus.of(e.outcome());
    } catch (LibvirtException | IllegalStateException | IllegalArgumentException e) {
      String what =
          undo.isPresent() ? SafeText.quote(action.undo) : "domain " + SafeText.quote(domainName);
      return refuse(what + " at " + SafeText.quoteUri(uri) + ": " + e.getMessage());
    }
  }

  /** Calls libvirt on another thread if there is a time limit: a libvirt call can't be stopped. */
  private <T> T inTime(LibvirtCall<T> call) throws LibvirtException {
    if (timeout == null) {
      return call.run();
    }
    FutureTask<T> result = new FutureTask<>(call::run);
    Thread thread = new Thread(result, "revert-domain-call");
    thread.setDaemon(true);
    thread.start();
    try {
      return result.get(timeLeft().toNanos(), TimeUnit.NANOSECONDS);
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

  private interface LibvirtCall<T> {
    T run() throws LibvirtException;
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
            "the host did not respond within " + timeout + " s"));
  }

  /** Finds the domain as virsh does: by its ID, or else its UUID, or else its name. */
  private Domain find(Connect connect, Optional<UndoFile> undo) throws LibvirtException {
    if (undo.isPresent()) {
      return connect.domainLookupByUUIDString(undo.get().uuid());
    }
    if (domainName.matches("[0-9]{1,9}")) {
      try {
        return connect.domainLookupByID(Integer.parseInt(domainName));
      } catch (NoSuchDomainException e) {
        // The text can be a name.
      }
    }
    if (domainName.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
      try {
        return connect.domainLookupByUUIDString(domainName);
      } catch (NoSuchDomainException e) {
        // The text can be a name.
      }
    }
    return connect.domainLookupByName(domainName);
  }

  private int run(Connect connect, Domain domain, Optional<UndoFile> undo) throws LibvirtException {
    if (action.list) {
      return list(domain);
    }
    if (action.safetySnapshotToDelete != null) {
      return deleteSafetySnapshot(connect, domain, action.safetySnapshotToDelete);
    }
    return revert(target(settings(SnapshotReverter.of(domain)), undo));
  }

  private int revert(SnapshotReverter reverter) throws LibvirtException {
    if (plan) {
      return print(plan(reverter));
    }
    if (yes || !isOnTerminal()) {
      return start(reverter);
    }
    RevertPlan shown = plan(reverter);
    return isConfirmed(shown)
        ? start(reverter.to(shown.request().snapshot().orElseThrow()))
        : refuse("not confirmed; nothing was changed");
  }

  private int start(SnapshotReverter reverter) throws LibvirtException {
    Optional<RevertReport> report = runRevert(reverter);
    return report.isPresent()
        ? report(report.get())
        : notStarted("interrupted before libvirt was called");
  }

  private SnapshotReverter target(SnapshotReverter reverter, Optional<UndoFile> undo) {
    if (undo.isPresent()) {
      return reverter.undoing(undo.get().safetySnapshot());
    }
    return snapshot == null ? action.applyTo(reverter) : reverter.to(snapshot);
  }

  private int refuse(String why) {
    complain(why);
    return notStarted(why);
  }

  private int notStarted(String why) {
    output.addNotStarted(why);
    return ExitStatus.NOT_STARTED;
  }

  private SnapshotReverter settings(SnapshotReverter reverter) {
    SnapshotReverter made = reverter.listener(new ProgressPrinter());
    made = state.running ? made.running() : made;
    made = state.paused ? made.paused() : made;
    made = force ? made.force() : made;
    made = resetNvram ? made.resetNvram() : made;
    made = guarded ? made.guarded() : made;
    made = safetySnapshot ? made.withSafetySnapshot() : made;
    made = enforceState ? made.enforcingState() : made;
    made = retry ? made.retrying(5, Duration.ofSeconds(1)) : made;
    made = awaitGuest == null ? made : made.awaitingGuest(probe(), Duration.ofSeconds(awaitGuest));
    return setClock ? made.settingClock() : made;
  }

  private GuestProbe probe() {
    return awaitTcp == null ? GuestProbe.agent() : GuestProbe.tcp(awaitTcp);
  }

  private int list(Domain domain) throws LibvirtException {
    SnapshotTree tree = inTime(() -> SnapshotTree.of(domain));
    output.addSnapshots(domain, tree);
    if (!printsJson()) {
      System.out.println(tree);
    }
    return ExitStatus.DONE;
  }

  /** An intent deletes its safety snapshot only where that does not crash libvirtd. */
  private int deleteSafetySnapshot(Connect connect, Domain domain, String name)
      throws LibvirtException {
    RevertRequest request = RevertRequest.of(domain, Optional.empty(), 0);
    DomainStatus status = inTime(() -> DomainStatus.of(domain));
    RevertIntent intent = new RevertIntent(request, status, Optional.of(name));
    // A missing snapshot is an error here, because NAME may be mistyped: children() lists the
    // names.
    inTime(() -> SnapshotTree.of(domain).children(name));
    deleting = true;
    intent.deleteSafetySnapshot(connect);
    output.addDeleted(request, name);
    if (!printsJson()) {
      System.out.println("deleted safety snapshot " + SafeText.escape(name));
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

  /** Asks for confirmation if the contents of the guest's memory would be lost. */
  private static boolean isConfirmed(RevertPlan plan) {
    if (plan.losses().stream().noneMatch(loss -> loss.kind() == Loss.Kind.MEMORY)) {
      return true;
    }
    System.err.println(plan);
    System.err.print("The contents of the guest's memory will be lost. Continue? [y/N] ");
    try {
      // Not closed: it is the standard input.
      String answer =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
      return answer != null && answer.strip().matches("(?i)y|yes");
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns the report; empty if the revert was cancelled before libvirt was called. */
  private Optional<RevertReport> runRevert(SnapshotReverter reverter) throws LibvirtException {
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
    if (deleting) {
      complain("interrupted: libvirt may still delete the safety snapshot");
      return;
    }
    RunningRevert revert = running;
    boolean cancelled = revert == null || revert.report.cancel(false);
    complain(
        cancelled
            ? "interrupted: the revert was cancelled before it was started"
            : "interrupted: libvirt is reverting and can't be stopped; waiting for the result");
    boolean ended = cancelled ? revert == null || revert.awaitEnd() : endsInTime();
    if (!ended) {
      complain("no result within " + PATIENCE.toSeconds() + " s; libvirt continues");
    }
  }

  private int report(RevertReport report) {
    output.add(report.details(), Optional.empty());
    warn(report);
    if (!printsJson()) {
      print(report);
    }
    return ExitStatus.DONE;
  }

  private void warn(RevertReport report) {
    if (report.after().managedSave()) {
      complain(
          "warning: the managed save image still exists, and the next start would resume its memory"
              + " on the reverted disks; remove it: virsh managedsave-remove "
              + report.request().uuid());
    }
    report.contents().stream()
        .filter(part -> !part.isKept())
        .forEach(part -> complain("warning: content that may differ from the snapshot: " + part));
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
        .ifPresent(name -> System.out.println("safety snapshot: " + SafeText.escape(name)));
  }

  /** A revert and its thread. */
  private record RunningRevert(CompletableFuture<RevertReport> report, ExecutorService thread) {
    /** Waits for a cancelled revert, which deletes its safety snapshot. */
    boolean awaitEnd() throws InterruptedException {
      thread.shutdown();
      return thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Prints each step with --progress. */
  private final class ProgressPrinter implements RevertListener {
    @Override
    public void planned(RevertPlan made) {
      output.add(made);
      print(made.toString());
    }

    @Override
    public void safetySnapshotCreated(RevertRequest request, String name) {
      print("* created safety snapshot " + SafeText.escape(name));
    }

    @Override
    public void reverting(RevertRequest request, DomainStatus before) {
      print("* reverting " + request);
    }

    @Override
    public void retrying(RevertRequest request, RevertAttempt failed) {
      print("* the domain is busy; retrying");
    }

    @Override
    public void awaitingGuest(RevertRequest request, DomainStatus after) {
      print("* reverted; waiting for the guest");
    }

    private void print(String step) {
      if (progress) {
        System.err.println(step);
      }
    }
  }

  /** The object that --json prints. */
  private static final class Output {
    private final JsonObject object = new JsonObject();

    void addNotStarted(String why) {
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

    void addDeleted(RevertRequest request, String safetySnapshot) {
      object.addProperty("domain", request.domain());
      object.addProperty("uuid", request.uuid());
      object.addProperty("deletedSafetySnapshot", safetySnapshot);
    }

    private static JsonObject describe(SnapshotDetails snapshot) {
      JsonObject described = new JsonObject();
      described.addProperty("name", snapshot.name());
      described.addProperty("state", snapshot.state().map(SnapshotState::word).orElse(null));
      described.addProperty("taken", snapshot.taken().map(Instant::toString).orElse(null));
      described.addProperty("hasMemory", snapshot.hasMemory());
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
      object.add("contents", strings(details.contents()));
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
      described.addProperty("snapshot", made.request().snapshot().orElse(null));
      described.addProperty("matchesTarget", made.matchesTarget());
      described.addProperty("stateAfter", made.stateAfter().map(DomainState::words).orElse(null));
      described.addProperty("refusal", made.refusal().map(Object::toString).orElse(null));
      described.addProperty("wayOut", made.refusal().map(Refusal::wayOut).orElse(null));
      described.add("losses", strings(made.losses()));
      described.add("configurationChanges", strings(made.configurationChanges()));
      described.add("contents", strings(made.contents()));
      described.add("unknowns", strings(made.unknowns()));
      described.add("transientPools", strings(made.transientPools()));
      object.add("plan", described);
    }

    private static JsonArray strings(List<?> values) {
      JsonArray strings = new JsonArray();
      values.forEach(value -> strings.add(value.toString()));
      return strings;
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
      described.addProperty("responded", guest.responded());
      described.addProperty("waitedMillis", guest.waited().toMillis());
      described.addProperty("frozen", guest.frozen());
      JsonArray probes = new JsonArray();
      guest.probes().stream().map(Output::describe).forEach(probes::add);
      described.add("probes", probes);
      return described;
    }

    private static JsonObject describe(ProbeResult probe) {
      JsonObject described = new JsonObject();
      described.addProperty("name", probe.name());
      described.addProperty("outcome", probe.outcome().name());
      described.addProperty("elapsedMillis", probe.elapsed().toMillis());
      described.addProperty("reason", probe.reason().orElse(null));
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

  /** The properties of a --json output that --undo needs. */
  private record UndoFile(String uuid, String safetySnapshot) {
    static UndoFile read(Path file) throws IOException {
      return Json.parseObject(InputFile.read(file))
          .filter(json -> Json.isText(json.get("uuid")) && Json.isText(json.get("safetySnapshot")))
          .map(UndoFile::of)
          .orElseThrow(
              () ->
                  new IOException(
                      SafeText.quote(file)
                          + " is not the output of a revert with a safety snapshot; such a file is"
                          + " made by: revert-domain URI DOMAIN SNAPSHOT --safety-snapshot --json"
                          + " > FILE"));
    }

    private static UndoFile of(JsonObject json) {
      return new UndoFile(json.get("uuid").getAsString(), json.get("safetySnapshot").getAsString());
    }
  }
}
