package io.github.libvirtsnapshot.integration;

import com.google.common.base.Splitter;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.creation.SnapshotException;
import io.github.libvirtsnapshot.creation.SnapshotMaker;
import io.github.libvirtsnapshot.creation.TakenSnapshot;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A random walk: performs the actions on one guest, and checks what the library plans, reports and
 * promises.
 */
final class RandomWalk {
  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();

  /** After these actions, an undo of an earlier revert must succeed. */
  private static final Set<WalkAction.Type> UNDO_STAYS_POSSIBLE =
      Sets.immutableEnumSet(
          WalkAction.Type.START,
          WalkAction.Type.SUSPEND,
          WalkAction.Type.RESUME,
          WalkAction.Type.STOP,
          WalkAction.Type.KILL_PROCESS,
          WalkAction.Type.WRITE_DISK,
          WalkAction.Type.SET_TITLE,
          WalkAction.Type.PLUG,
          WalkAction.Type.REVERT_WITH_SAFETY_SNAPSHOT,
          WalkAction.Type.UNDO);

  private static final Pattern RESTORE_COMMAND =
      Pattern.compile("virsh snapshot-revert --force (\\S+) (\\S+)");

  private static final String RUNNING = String.valueOf(DomainState.RUNNING.value());

  private final IndependentGuestDriver driver;
  private final Domain domain;
  private final boolean hasPool;
  private final WalkStatistics statistics;
  private final WalkChecks checks;

  /** The observation when each snapshot was created. */
  private final Map<String, Map<String, String>> observedAtSnapshot = new HashMap<>();

  private Optional<RevertReport> undoable = Optional.empty();
  private Map<String, String> beforeUndoable = Map.of();
  private int snapshots;

  /** Whether no action since the revert can make an undo impossible. */
  private boolean undoMustSucceed;

  /**
   * Begins a walk.
   *
   * @param hasPool whether the images of the guest are in an active storage pool
   */
  RandomWalk(
      IndependentGuestDriver driver, Domain domain, boolean hasPool, WalkStatistics statistics) {
    this.driver = driver;
    this.domain = domain;
    this.hasPool = hasPool;
    this.statistics = statistics;
    this.checks = new WalkChecks(driver, hasPool, statistics);
  }

  /** Performs an action and checks its result. Returns false if the walk cannot continue. */
  boolean perform(WalkAction action) throws Exception {
    Map<String, String> status = driver.perform("status");
    if (status.containsKey("error") || status.get("state").equals("gone")) {
      return false;
    }
    Optional<String> snapshot = snapshotOf(action);
    if (snapshot.isPresent()) {
      checks.begin(action.describe(snapshot.get()));
      checks.end(perform(action, snapshot.get()));
      undoMustSucceed &= UNDO_STAYS_POSSIBLE.contains(action.type());
    }
    return true;
  }

  /** Returns the snapshot of an action; empty if there is none, and the action is skipped. */
  private Optional<String> snapshotOf(WalkAction action) {
    return switch (action.type()) {
      case CREATE_SNAPSHOT -> Optional.of(action.newName("s" + (snapshots + 1), released()));
      case DELETE_SNAPSHOT,
          REMOVE_SNAPSHOT_DATA,
          REDEFINE_SNAPSHOT,
          REVERT,
          GUARDED_REVERT,
          REVERT_WITH_SAFETY_SNAPSHOT ->
          action.choose(names());
      case ADD_SNAPSHOT_TO_IMAGE ->
          action.addsNumber() ? Optional.of(action.number()) : action.choose(names());
      case UNDO, DELETE_SAFETY_SNAPSHOT -> undoable.map(RevertReport::snapshot);
      default -> Optional.of("");
    };
  }

  private String perform(WalkAction action, String snapshot) throws Exception {
    return switch (action.type()) {
      case CREATE_SNAPSHOT ->
          action.takesByLibrary()
              ? takeByLibrary(snapshot, action)
              : createSnapshot(snapshot, action.snapshotKind());
      case REVERT -> revert(snapshot, action);
      case GUARDED_REVERT -> guardedRevert(snapshot, action);
      case REVERT_WITH_SAFETY_SNAPSHOT -> revertWithSafetySnapshot(snapshot, action);
      case UNDO -> undo();
      case DELETE_SAFETY_SNAPSHOT -> deleteSafetySnapshot();
      default -> change(action.request(snapshot));
    };
  }

  private String record(String action, String outcome) {
    statistics.addOutcome(action + " " + WORDS.splitToList(outcome).get(0));
    return outcome;
  }

  private Map<String, String> observe() {
    return driver.perform("observe");
  }

  private Map<String, String> observeStorage() {
    return driver.perform("observe_storage");
  }

  private String request(List<Object> words) {
    Optional<String> error = Optional.ofNullable(driver.perform(words.toArray()).get("error"));
    statistics.addAction(words.get(0) + (error.isPresent() ? " rejected" : ""));
    return error.map(reason -> "error: " + reason).orElse("OK");
  }

  private String change(List<Object> words) {
    String result = request(words);
    if (words.get(0).equals("pull") && result.equals("OK")) {
      forgetContent("disk " + words.get(1));
    }
    return result;
  }

  /**
   * The internal snapshots of an image without its backing image have another content, and neither
   * the image nor libvirt shows that. The library records the backing images of a safety snapshot,
   * if it can read them.
   */
  private void forgetContent(String disk) {
    observedAtSnapshot.values().forEach(observed -> observed.remove(disk));
    if (!hasPool) {
      undoable = Optional.empty();
    }
    undoMustSucceed = false;
  }

  private String createSnapshot(String name, String kind) {
    snapshots++;
    Map<String, String> atSnapshot = new HashMap<>(observe());
    String result = request(List.of("create_snapshot", name, kind));
    if (result.equals("OK")) {
      atSnapshot.put("later", observe().getOrDefault("memory", "0"));
      observedAtSnapshot.put(name, atSnapshot);
    }
    return result;
  }

  private SnapshotMaker maker(String name, WalkAction action) {
    SnapshotMaker maker = SnapshotMaker.of(domain).named(name);
    SnapshotMaker ofKind =
        switch (action.snapshotKind()) {
          case "external" -> maker.external();
          case "memory" -> maker.external().withMemory();
          default -> maker.withMemory();
        };
    SnapshotMaker ofDisks = action.leavesDiskOut() ? ofKind.leavingOut(action.laterDisk()) : ofKind;
    return action.pausesFirst() ? ofDisks.pausingFirst() : ofDisks;
  }

  /** Takes a snapshot with the library, and checks its plan and the snapshot. */
  private String takeByLibrary(String name, WalkAction action) throws Exception {
    snapshots++;
    Map<String, String> before = new HashMap<>(observe());
    SnapshotMaker maker = maker(name, action);
    SnapshotPlan plan = maker.plan();
    checks.checkUnchanged("the plan of a snapshot changed the guest", before, plan);
    Map<String, String> stored = observeStorage();
    try (TakenSnapshot taken = maker.take()) {
      before.put("later", observe().getOrDefault("memory", "0"));
      observedAtSnapshot.put(name, before);
      checks.checkTaken(plan, taken, before, reverter(name, 0).plan());
      return record("take", "OK");
    } catch (SnapshotException e) {
      checks.checkNotTaken(plan, e, before, stored);
      return record("take", (plan.refusals().isEmpty() ? "FAILED " : "REFUSED ") + e.getMessage());
    }
  }

  private List<String> names() {
    return WORDS.splitToList(driver.perform("status").getOrDefault("snapshots", ""));
  }

  /** Returns the names of snapshots that libvirt no longer has. */
  private List<String> released() {
    List<String> present = names();
    return observedAtSnapshot.keySet().stream()
        .filter(name -> !present.contains(name))
        .sorted()
        .toList();
  }

  private SnapshotReverter reverter(String name, WalkAction action) {
    return reverter(name, action.flags());
  }

  private SnapshotReverter reverter(String name, int flags) {
    return SnapshotReverter.of(domain).to(name).flags(flags);
  }

  private RevertPlan plan(SnapshotReverter reverter) throws Exception {
    Map<String, String> before = observe();
    RevertPlan plan = reverter.plan();
    checks.checkUnchanged("a plan changed the guest", before, plan);
    checks.observeImagesUsedAgain(plan);
    if (hasPool) {
      statistics.addPlanWithPool(plan);
    }
    return plan;
  }

  private Map<String, String> atSnapshot(String name) {
    return observedAtSnapshot.getOrDefault(name, Map.of());
  }

  private String revert(String name, WalkAction action) throws Exception {
    SnapshotReverter reverter = reverter(name, action);
    TimeUnit.MILLISECONDS.sleep(600);
    RevertPlan plan = plan(reverter);
    if (plan.refusal()
        .filter(refusal -> refusal.reason().contains("crashes libvirtd"))
        .isPresent()) {
      return "skipped: libvirtd would crash";
    }
    Map<String, String> stored = observeStorage();
    Map<String, String> before = observe();
    String outcome;
    try {
      RevertReport report = reverter.revert();
      outcome = "OK";
      checks.checkReport(atSnapshot(name), before, report, plan);
      checks.checkLosses(plan, stored, name);
    } catch (RevertException e) {
      outcome = e.outcome() + " " + e.getError().getCode();
      checks.checkFailure(plan, e, before, name, stored);
    }
    return record("revert", outcome);
  }

  private String guardedRevert(String name, WalkAction action) throws Exception {
    Map<String, String> before = observe();
    Map<String, String> stored = observeStorage();
    SnapshotReverter reverter = reverter(name, action).guarded();
    RevertPlan plan = plan(reverter);
    String outcome;
    try {
      RevertReport report = reverter.revert();
      outcome = "OK";
      checks.checkReport(atSnapshot(name), before, report, plan);
    } catch (RevertException e) {
      outcome = e.outcome().toString();
      if (e.outcome() == RevertOutcome.NOT_STARTED) {
        checkNotStarted(before, e);
      } else {
        checks.check(
            !e.getMessage().contains("already exists"),
            "a guarded revert did not wait for a free overlay name",
            e.getMessage());
        checks.checkFailure(plan, e, before, name, stored);
      }
    }
    return record("guarded revert", outcome);
  }

  private void checkNotStarted(Map<String, String> before, RevertException e) {
    statistics.addRefusal(e.getMessage());
    checks.checkUnchanged(
        "a revert that was not started changed the guest", before, e.getMessage());
  }

  /**
   * Adds to an observation which value the memory had at most when the safety snapshot was taken.
   */
  private final class SafetyTime implements RevertListener {
    private final Map<String, String> before;

    SafetyTime(Map<String, String> before) {
      this.before = before;
    }

    @Override
    public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
      if (before.containsKey("memory") && before.get("state").equals(RUNNING)) {
        double most = Double.parseDouble(before.get("memory")) + checks.ticksSinceBegin();
        before.put("later", String.valueOf(most));
      }
    }
  }

  private String revertWithSafetySnapshot(String name, WalkAction action) throws Exception {
    Map<String, String> before = new HashMap<>(observe());
    Map<String, String> stored = observeStorage();
    SnapshotReverter reverter =
        reverter(name, action).guarded().withSafetySnapshot().listener(new SafetyTime(before));
    RevertPlan plan = plan(reverter);
    String outcome;
    try {
      RevertReport report = reverter.revert();
      checks.checkReport(atSnapshot(name), before, report, plan);
      undoable = Optional.of(report);
      undoMustSucceed = !checks.hasHiddenObstacle(before, stored);
      beforeUndoable = before;
      outcome = "OK " + report.safetySnapshot().orElse("?");
    } catch (RevertException e) {
      outcome = e.outcome() + " " + e.getMessage();
      checkFailedRevert(plan, e, before, name, stored);
    }
    return record("revert with safety snapshot", outcome);
  }

  private void checkFailedRevert(
      RevertPlan plan,
      RevertException e,
      Map<String, String> before,
      String name,
      Map<String, String> stored) {
    String context = plan + "\n" + e.getMessage() + "\nstored before: " + stored;
    switch (e.outcome()) {
      case NOT_STARTED -> {
        checkNotStarted(before, e);
        checks.check(
            !e.getMessage().contains("the safety snapshot could not be created")
                || WalkChecks.namesRemovedImage(plan, stored),
            "a promised safety snapshot could not be created",
            context);
      }
      case ROLLED_BACK -> {
        checks.checkFailure(plan, e, before, name, stored);
        checks.checkSameContent(before, context);
        checks.check(
            observe().getOrDefault("snapshots", "").equals(before.get("snapshots")),
            "a rollback left snapshots",
            context);
      }
      case ROLLBACK_FAILED -> {
        checks.check(
            checks.hasHiddenObstacle(before, stored), "the revert was not rolled back", context);
        runRestoreCommand(e.getMessage());
        checks.checkSameContent(before, context);
      }
      default -> {
        // libvirt refused the revert and changed nothing.
        checks.check(
            e.outcome() == RevertOutcome.FAILED, "the revert was not rolled back", context);
        checks.checkUnchanged("a refused revert changed the guest", before, context);
      }
    }
  }

  /** Removes the obstacles of a failed rollback, and runs the command of its message. */
  private void runRestoreCommand(String message) {
    driver.perform("remove_bitmaps");
    driver.perform("replace_medium");
    Matcher command = RESTORE_COMMAND.matcher(message);
    checks.check(command.find(), "no command in the message", message);
    checks.check(
        request(List.of("revert", command.group(2))).equals("OK"), "the command failed", message);
  }

  /** Deletes the safety snapshot and checks that the guest does not change. */
  private String deleteSafetySnapshot() {
    Map<String, String> before = WalkChecks.content(observe());
    String outcome;
    try {
      SnapshotReverter.of(domain).deleteSafetySnapshot(undoable.get());
      checks.check(
          !names().contains(undoable.get().safetySnapshot().orElseThrow()),
          "the safety snapshot still exists",
          "");
      outcome = "OK";
    } catch (LibvirtException e) {
      outcome = e.getMessage();
    }
    checks.checkContentUnchanged("deleting the safety snapshot changed the guest", before, outcome);
    return record("delete safety snapshot", outcome);
  }

  private String undo() throws Exception {
    Map<String, String> before = observe();
    Map<String, String> stored = observeStorage();
    try {
      RevertReport report = SnapshotReverter.of(domain).undo(undoable.get());
      checks.checkSameContent(beforeUndoable, report);
      if (report.safetySnapshot().isEmpty() && !names().contains(report.snapshot())) {
        undoable = Optional.empty();
      }
      return record("undo", "OK");
    } catch (RevertException e) {
      if (!WalkChecks.intact(stored, undoable.get().safetySnapshot().orElseThrow())) {
        return e.outcome() + ", because the data of the safety snapshot was removed";
      }
      checks.check(
          e.outcome() == RevertOutcome.NOT_STARTED || checks.hasHiddenObstacle(before, stored),
          "an undo failed after it had started",
          e.getMessage());
      if (e.outcome() == RevertOutcome.NOT_STARTED) {
        checkNotStarted(before, e);
      }
      checks.check(!undoMustSucceed, "an undo that must succeed was refused", e.getMessage());
      return record("undo", e.outcome() + " " + e.getMessage());
    }
  }
}
