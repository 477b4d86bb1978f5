package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.base.Splitter;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.Certainty;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A random walk: performs the actions on one guest, and compares what the library plans, reports
 * and guarantees with what the {@link IndependentGuestDriver} observes.
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
          WalkAction.Type.REVERT_WITH_SAFETY_SNAPSHOT,
          WalkAction.Type.UNDO);

  /** The most ticks of the firmware's clock between a request and its reading. */
  private static final double MAX_DELAY_TICKS = 60;

  private final IndependentGuestDriver driver;
  private final Domain domain;

  /** The observation when each snapshot was created. */
  private final Map<String, Map<String, String>> observedAtSnapshot = new HashMap<>();

  /** The actions so far, each with its result. */
  private final List<String> history = new ArrayList<>();

  /** The outcome of each revert, undo and deletion of a safety snapshot, in one or two words. */
  private final List<String> outcomes = new ArrayList<>();

  private Optional<RevertReport> undoable = Optional.empty();
  private Map<String, String> beforeUndoable = Map.of();
  private int snapshots;

  /** Whether no action since the revert can make an undo impossible. */
  private boolean undoMustSucceed;

  RandomWalk(IndependentGuestDriver driver, Domain domain) {
    this.driver = driver;
    this.domain = domain;
  }

  List<String> outcomes() {
    return outcomes;
  }

  /** Performs an action and checks its result. Returns false if the walk cannot continue. */
  boolean perform(WalkAction action) throws Exception {
    Map<String, String> observed = observe();
    if (observed.containsKey("error") || observed.get("state").equals("gone")) {
      return false;
    }
    Optional<String> snapshot = snapshotOf(action);
    if (snapshot.isPresent()) {
      String description = action.describe(snapshot.get());
      history.add(description);
      history.set(history.size() - 1, description + ": " + perform(action, snapshot.get()));
      undoMustSucceed &= UNDO_STAYS_POSSIBLE.contains(action.type());
    }
    return true;
  }

  /** Returns the snapshot of an action; empty if there is none, and the action is skipped. */
  private Optional<String> snapshotOf(WalkAction action) {
    return switch (action.type()) {
      case DELETE_SNAPSHOT,
          REMOVE_SNAPSHOT_DATA,
          REVERT,
          GUARDED_REVERT,
          REVERT_WITH_SAFETY_SNAPSHOT ->
          action.choose(names());
      case UNDO, DELETE_SAFETY_SNAPSHOT -> undoable.map(RevertReport::snapshot);
      default -> Optional.of("s" + (snapshots + 1));
    };
  }

  private String perform(WalkAction action, String snapshot) throws Exception {
    return switch (action.type()) {
      case START -> request("start");
      case SUSPEND -> request("suspend");
      case RESUME -> request("resume");
      case STOP -> request("stop");
      case KILL_PROCESS -> request("kill_process");
      case CRASH -> request("crash");
      case SUSPEND_TO_MEMORY -> request("suspend_to_memory");
      case WAKE_UP -> request("wake_up");
      case MANAGED_SAVE -> request("managed_save");
      case WRITE_DISK -> request("write_disk", action.disk(), action.content());
      case CREATE_SNAPSHOT -> createSnapshot(snapshot, action.snapshotKind());
      case DELETE_SNAPSHOT -> request("delete_snapshot", snapshot, action.metadataOnly() ? 2 : 0);
      case CREATE_CHECKPOINT -> request("create_checkpoint");
      case DELETE_CHECKPOINTS -> request("delete_checkpoints");
      case ATTACH_DISK -> request("attach_disk", action.laterDisk());
      case DETACH_DISK -> request("detach_disk", action.laterDisk());
      case SET_TITLE -> request("set_title", action.title());
      case REMOVE_SNAPSHOT_DATA -> request("remove_snapshot_data", snapshot);
      case BLOCK_JOB -> request(action.startsJob() ? "start_block_job" : "abort_block_job");
      case MOVE_DISK -> request("move_disk", action.laterDisk(), action.newTarget());
      case SHARE_IMAGE -> request("share_image", action.disk());
      case REMOVE_OTHER_DOMAIN -> request("remove_other_domain");
      case REVERT -> revert(snapshot, action);
      case GUARDED_REVERT -> guardedRevert(snapshot, action);
      case REVERT_WITH_SAFETY_SNAPSHOT -> revertWithSafetySnapshot(snapshot, action);
      case UNDO -> undo();
      case DELETE_SAFETY_SNAPSHOT -> deleteSafetySnapshot();
    };
  }

  private String record(String action, String outcome) {
    outcomes.add(action + " " + WORDS.splitToList(outcome).get(0));
    return outcome;
  }

  private Map<String, String> observe() {
    return driver.perform("observe");
  }

  private String request(Object... words) {
    return Optional.ofNullable(driver.perform(words).get("error"))
        .map(error -> "error: " + error)
        .orElse("OK");
  }

  private String createSnapshot(String name, String kind) {
    snapshots++;
    Map<String, String> atSnapshot = new HashMap<>(observe());
    String result = request("create_snapshot", name, kind);
    if (result.equals("OK")) {
      atSnapshot.put("later", observe().getOrDefault("memory", "0"));
      observedAtSnapshot.put(name, atSnapshot);
    }
    return result;
  }

  private List<String> names() {
    return WORDS.splitToList(observe().getOrDefault("snapshots", ""));
  }

  private SnapshotReverter reverter(String name, WalkAction action) {
    return SnapshotReverter.of(domain).to(name).flags(action.flags());
  }

  private RevertPlan plan(SnapshotReverter reverter) throws Exception {
    Map<String, String> before = stable(observe());
    RevertPlan plan = reverter.plan();
    assertSame("a plan changed the guest", before, stable(observe()), plan);
    return plan;
  }

  /** Returns the entries that change only through an action. */
  private static Map<String, String> stable(Map<String, String> observed) {
    Map<String, String> stable = new TreeMap<>(observed);
    stable.keySet().removeAll(Set.of("memory", "time"));
    return stable;
  }

  private void assertSame(
      String message, Map<String, String> then, Map<String, String> now, Object context) {
    assertEquals(
        Map.of(), Maps.difference(then, now).entriesDiffering(), () -> report(message, context));
    assertEquals(
        Set.of(),
        Sets.symmetricDifference(then.keySet(), now.keySet()),
        () -> report(message, context));
  }

  private String report(String message, Object context) {
    return message
        + ", at the end of this walk:\n  "
        + String.join("\n  ", history)
        + "\n"
        + context;
  }

  private void check(boolean condition, String message, Object context) {
    if (!condition) {
      throw new AssertionError(report(message, context) + "\nlibvirtd's log:\n" + driver.log());
    }
  }

  private String revert(String name, WalkAction action) throws Exception {
    SnapshotReverter reverter = reverter(name, action);
    TimeUnit.MILLISECONDS.sleep(600);
    RevertPlan plan = plan(reverter);
    if (plan.refusal()
        .filter(refusal -> refusal.code() == ErrorNumber.VIR_ERR_SYSTEM_ERROR)
        .isPresent()) {
      return "skipped: libvirtd would crash";
    }
    Map<String, String> storedBefore = driver.perform("observe_storage");
    Map<String, String> before = observe();
    String outcome;
    try {
      RevertReport report = reverter.revert();
      outcome = "OK";
      check(
          plan.refusal().isEmpty(), "the plan predicted a refusal, but the revert succeeded", plan);
      checkReport(name, report, plan);
      checkLosses(plan, storedBefore, name);
    } catch (RevertException e) {
      outcome = e.outcome() + " " + e.getError().getCode();
      checkFailure(plan, e, before, name, storedBefore);
    }
    return record("revert", outcome);
  }

  /** Returns whether all data of a snapshot is present and readable. */
  private static boolean intact(Map<String, String> stored, String name) {
    return stored.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("stored " + name + " "))
        .noneMatch(
            entry -> entry.getValue().equals("unreadable") || entry.getValue().equals("False"));
  }

  private void checkFailure(
      RevertPlan plan,
      RevertException e,
      Map<String, String> before,
      String name,
      Map<String, String> stored) {
    if (plan.refusal().isPresent()) {
      assertEquals(
          plan.refusal().get().code(),
          e.getError().getCode(),
          () -> report("wrong error code", plan));
      if (!plan.refusal().get().guestStopped()) {
        assertSame("a refused revert changed the guest", stable(before), stable(observe()), plan);
      }
      return;
    }
    boolean overlayNameTaken = e.getMessage().contains("already exists and is not a block device");
    boolean bitmapUnknown =
        plan.unknowns().stream().anyMatch(unknown -> unknown.contains("bitmap"));
    check(
        !intact(stored, name) || overlayNameTaken || bitmapUnknown,
        "the revert failed, but the plan did not predict a refusal: " + e.getMessage(),
        plan);
  }

  private void checkReport(String name, RevertReport report, RevertPlan plan) {
    Map<String, String> now = observe();
    assertEquals(String.valueOf(report.after().stateAndReason().rawState()), now.get("state"));
    plan.stateAfter()
        .ifPresent(
            state ->
                assertEquals(
                    String.valueOf(state.value()),
                    now.get("state"),
                    () -> report("wrong state", plan)));
    Map<String, String> then = observedAtSnapshot.get(name);
    if (then == null) {
      return;
    }
    for (RestoredPart part : report.contents()) {
      if (part.certainty() == Certainty.CERTAIN) {
        checkContent(part.part(), then, now, report);
      }
    }
  }

  private void checkContent(
      String part, Map<String, String> then, Map<String, String> now, Object context) {
    if (part.equals("memory")) {
      checkMemory(then, now, context);
    } else {
      String key = part.equals("NVRAM") ? "nvram" : part;
      if (part.equals("NVRAM") && !(then.containsKey(key) && now.containsKey(key))) {
        return;
      }
      assertEquals(then.get(key), now.get(key), () -> report("wrong content of " + part, context));
    }
  }

  /** The firmware's clock continues from its value at the snapshot. */
  private void checkMemory(Map<String, String> then, Map<String, String> now, Object context) {
    if (!then.containsKey("memory") || !now.containsKey("memory")) {
      return;
    }
    assertEquals(then.get("tmpfs"), now.get("tmpfs"), () -> report("wrong tmpfs", context));
    double from = Double.parseDouble(then.get("memory"));
    if (from == 0) {
      // The firmware had not yet set its clock.
      return;
    }
    double to = Double.parseDouble(then.getOrDefault("later", then.get("memory")));
    double observed = Double.parseDouble(now.get("memory"));
    check(
        observed >= from - 1 && observed <= to + MAX_DELAY_TICKS,
        "the counter in the memory is "
            + observed
            + ", expected "
            + from
            + " to "
            + (to + MAX_DELAY_TICKS),
        context);
  }

  private void checkLosses(RevertPlan plan, Map<String, String> before, String target) {
    Map<String, String> now = driver.perform("observe_storage");
    Set<String> deleted = asDeleted(Sets.difference(before.keySet(), now.keySet()));
    Set<String> planned = losses(plan, Loss.Kind.OVERLAYS);
    check(
        Sets.intersection(planned, asDeleted(now.keySet())).isEmpty(),
        "the plan lists files that libvirt did not delete",
        plan);
    check(
        planned.containsAll(deleted),
        "libvirt deleted files that the plan does not list: " + Sets.difference(deleted, planned),
        plan);
    Set<String> lostSnapshots = losses(plan, Loss.Kind.SNAPSHOTS);
    before.forEach(
        (key, content) -> {
          List<String> words = WORDS.splitToList(key);
          boolean changed = key.startsWith("stored ") && !content.equals(now.get(key));
          if (changed && !words.get(1).equals(target)) {
            check(
                lostSnapshots.stream()
                    .anyMatch(loss -> loss.startsWith("snapshot \"" + words.get(1) + "\"")),
                "the revert changed stored data that the plan does not list: " + key,
                plan);
          }
        });
  }

  /** Returns the observed files, in the form in which a plan lists files that libvirt deletes. */
  private static Set<String> asDeleted(Set<String> keys) {
    return keys.stream()
        .filter(key -> key.startsWith("file "))
        .map(key -> "the file \"" + key.substring(5) + "\", which libvirt deletes")
        .collect(Collectors.toSet());
  }

  private static Set<String> losses(RevertPlan plan, Loss.Kind kind) {
    return plan.losses().stream()
        .filter(loss -> loss.kind() == kind)
        .map(Loss::what)
        .collect(Collectors.toSet());
  }

  private String guardedRevert(String name, WalkAction action) throws Exception {
    Map<String, String> before = observe();
    Map<String, String> stored = driver.perform("observe_storage");
    String outcome;
    SnapshotReverter reverter = reverter(name, action).guarded();
    RevertPlan plan = reverter.plan();
    try {
      RevertReport report = reverter.revert();
      outcome = "OK";
      checkReport(name, report, plan);
    } catch (RevertException e) {
      outcome = e.outcome().toString();
      if (e.outcome() == RevertOutcome.NOT_STARTED) {
        assertSame(
            "a revert that was not started changed the guest",
            stable(before),
            stable(observe()),
            e.getMessage());
      } else {
        check(
            !e.getMessage().contains("already exists"),
            "a guarded revert did not wait for a free overlay name",
            e.getMessage());
        checkFailure(plan, e, before, name, stored);
      }
    }
    return record("guarded revert", outcome);
  }

  private String revertWithSafetySnapshot(String name, WalkAction action) throws Exception {
    Map<String, String> before = observe();
    Map<String, String> stored = driver.perform("observe_storage");
    String outcome;
    try {
      RevertReport report = reverter(name, action).guarded().withSafetySnapshot().revert();
      undoable = Optional.of(report);
      undoMustSucceed = true;
      beforeUndoable = before;
      outcome = "OK " + report.safetySnapshot().orElse("?");
    } catch (RevertException e) {
      outcome = e.outcome() + " " + e.getMessage();
      switch (e.outcome()) {
        case NOT_STARTED ->
            assertSame(
                "a revert that was not started changed the guest",
                stable(before),
                stable(observe()),
                e.getMessage());
        case ROLLED_BACK -> {
          checkSameContent(before, e.getMessage());
          assertEquals(
              before.get("snapshots"),
              observe().get("snapshots"),
              () -> report("a rollback left snapshots", e.getMessage()));
        }
        default -> {
          // libvirt refused the revert and changed nothing.
          check(
              e.outcome() == RevertOutcome.FAILED,
              "the revert was not rolled back; stored before: " + stored,
              e.getMessage());
          assertSame(
              "a refused revert changed the guest",
              stable(before),
              stable(observe()),
              e.getMessage());
        }
      }
    }
    return record("revert with safety snapshot", outcome);
  }

  /** Deletes the safety snapshot and checks that the guest does not change. */
  private String deleteSafetySnapshot() {
    Map<String, String> before = content(observe());
    String outcome;
    try {
      SnapshotReverter.of(domain).deleteSafetySnapshot(undoable.get());
      check(
          !names().contains(undoable.get().safetySnapshot().orElseThrow()),
          "the safety snapshot still exists",
          "");
      outcome = "OK";
    } catch (LibvirtException e) {
      outcome = e.getMessage();
    }
    assertSame(
        "deleting the safety snapshot changed the guest", before, content(observe()), outcome);
    return record("delete safety snapshot", outcome);
  }

  private String undo() throws Exception {
    Map<String, String> before = observe();
    Map<String, String> stored = driver.perform("observe_storage");
    try {
      RevertReport report = SnapshotReverter.of(domain).undo(undoable.get());
      checkSameContent(beforeUndoable, report);
      if (report.safetySnapshot().isEmpty() && !names().contains(report.snapshot())) {
        undoable = Optional.empty();
      }
      return record("undo", "OK");
    } catch (RevertException e) {
      if (!intact(stored, undoable.get().safetySnapshot().orElseThrow())) {
        return e.outcome() + ", because the data of the safety snapshot was removed";
      }
      check(
          e.outcome() == RevertOutcome.NOT_STARTED,
          "an undo failed after it had started",
          e.getMessage());
      assertSame(
          "a revert that was not started changed the guest",
          stable(before),
          stable(observe()),
          e.getMessage());
      check(!undoMustSucceed, "an undo that must succeed was refused", e.getMessage());
      return record("undo", e.outcome() + " " + e.getMessage());
    }
  }

  private void checkSameContent(Map<String, String> then, Object context) {
    Map<String, String> now = observe();
    assertSame("wrong content", content(then), content(now), context);
    checkMemory(then, now, context);
  }

  /** Returns what an undo must restore, except the memory. */
  private static Map<String, String> content(Map<String, String> observed) {
    return Maps.filterKeys(
        observed,
        key ->
            key.startsWith("disk ")
                || key.startsWith("definition")
                || Set.of("state", "nvram", "autostart").contains(key));
  }
}
