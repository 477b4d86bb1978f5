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
 * A random walk of one guest. It makes the moves, and holds what the library plans, reports and
 * promises against what the {@link IndependentGuestDriver} sees.
 */
final class RandomWalk {
  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();

  private static final Set<WalkAction.What> HARMLESS =
      Sets.immutableEnumSet(
          WalkAction.What.START,
          WalkAction.What.SUSPEND,
          WalkAction.What.RESUME,
          WalkAction.What.STOP,
          WalkAction.What.KILL,
          WalkAction.What.WRITE,
          WalkAction.What.RENAME,
          WalkAction.What.REVERT_SAFELY,
          WalkAction.What.UNDO);

  /** How much later than it is asked the firmware's clock may be read. */
  private static final double SLACK = 60;

  private final IndependentGuestDriver world;
  private final Domain domain;

  /** What was seen when each snapshot was taken. */
  private final Map<String, Map<String, String>> taken = new HashMap<>();

  /** The moves in words, each with what came of it. */
  private final List<String> story = new ArrayList<>();

  /** How each revert, undo and discarding ended, in a word or two. */
  private final List<String> ends = new ArrayList<>();

  private Optional<RevertReport> undoable = Optional.empty();
  private Map<String, String> beforeUndoable = Map.of();
  private int snapshots;

  /** Whether nothing happened since the safe revert that an undo could stumble over. */
  private boolean undisturbed;

  RandomWalk(IndependentGuestDriver world, Domain domain) {
    this.world = world;
    this.domain = domain;
  }

  List<String> ends() {
    return ends;
  }

  /** Makes a move, and checks what came of it. Returns false where the walk can't go on. */
  boolean make(WalkAction move) throws Exception {
    Map<String, String> seen = world.ask("look");
    if (seen.containsKey("refused") || seen.get("state").equals("gone")) {
      return false;
    }
    Optional<String> snapshot = snapshotOf(move);
    if (snapshot.isPresent()) {
      String words = move.inWords(snapshot.get());
      story.add(words);
      story.set(story.size() - 1, words + ": " + make(move, snapshot.get()));
      undisturbed &= HARMLESS.contains(move.what());
    }
    return true;
  }

  /** Returns the snapshot that a move is about; empty if there is none, and no move is made. */
  private Optional<String> snapshotOf(WalkAction move) {
    return switch (move.what()) {
      case DELETE, LOSE, REVERT, REVERT_GUARDED, REVERT_SAFELY -> move.choose(names());
      case UNDO, DISCARD -> undoable.map(RevertReport::snapshot);
      default -> Optional.of("s" + (snapshots + 1));
    };
  }

  private String make(WalkAction move, String snapshot) throws Exception {
    return switch (move.what()) {
      case START -> ask("start");
      case SUSPEND -> ask("suspend");
      case RESUME -> ask("resume");
      case STOP -> ask("stop");
      case KILL -> ask("kill");
      case CRASH -> ask("crash");
      case DOZE -> ask("doze");
      case WAKE -> ask("wake");
      case SAVE -> ask("save");
      case WRITE -> ask("write", move.disk(), move.content());
      case TAKE -> take(snapshot, move.kind());
      case DELETE -> ask("delete", snapshot, move.metadataOnly() ? 2 : 0);
      case CHECKPOINT -> ask("checkpoint");
      case FORGET_CHECKPOINTS -> ask("forget");
      case ATTACH -> ask("attach", move.laterDisk());
      case DETACH -> ask("detach", move.laterDisk());
      case RENAME -> ask("rename", move.title());
      case LOSE -> ask("lose", snapshot);
      case JOB -> ask(move.startsJob() ? "job" : "abort");
      case MOVE -> ask("move", move.laterDisk(), move.newPlace());
      case SHARE -> ask("share", move.disk());
      case UNSHARE -> ask("unshare");
      case REVERT -> revert(snapshot, move);
      case REVERT_GUARDED -> revertGuarded(snapshot, move);
      case REVERT_SAFELY -> revertSafely(snapshot, move);
      case UNDO -> undo();
      case DISCARD -> discard();
    };
  }

  private String ended(String what, String end) {
    ends.add(what + " " + WORDS.splitToList(end).get(0));
    return end;
  }

  private String ask(Object... words) {
    return Optional.ofNullable(world.ask(words).get("refused"))
        .map(why -> "refused: " + why)
        .orElse("done");
  }

  private String take(String name, String kind) {
    snapshots++;
    Map<String, String> seen = world.ask("look");
    String done = ask("take", name, kind);
    if (done.equals("done")) {
      Map<String, String> now = new HashMap<>(seen);
      now.put("later", world.ask("look").getOrDefault("memory", "0"));
      taken.put(name, now);
    }
    return done;
  }

  private List<String> names() {
    return WORDS.splitToList(world.ask("look").getOrDefault("snapshots", ""));
  }

  private SnapshotReverter reverter(String name, WalkAction move) {
    return SnapshotReverter.of(domain).to(name).flags(move.flags());
  }

  private RevertPlan plan(SnapshotReverter reverter) throws Exception {
    Map<String, String> before = still(world.ask("look"));
    RevertPlan plan = reverter.plan();
    assertSame("a plan changes nothing", before, still(world.ask("look")), plan);
    return plan;
  }

  /** What does not change by itself. */
  private static Map<String, String> still(Map<String, String> look) {
    Map<String, String> still = new TreeMap<>(look);
    still.keySet().removeAll(Set.of("memory", "time"));
    return still;
  }

  private void assertSame(
      String what, Map<String, String> then, Map<String, String> now, Object why) {
    assertEquals(Map.of(), Maps.difference(then, now).entriesDiffering(), () -> told(what, why));
    assertEquals(
        Set.of(), Sets.symmetricDifference(then.keySet(), now.keySet()), () -> told(what, why));
  }

  private String told(String what, Object why) {
    return what + ", at the end of this walk:\n  " + String.join("\n  ", story) + "\n" + why;
  }

  private void check(boolean holds, String what, Object why) {
    if (!holds) {
      throw new AssertionError(told(what, why) + "\nlibvirtd's log:\n" + world.log());
    }
  }

  private String revert(String name, WalkAction move) throws Exception {
    SnapshotReverter reverter = reverter(name, move);
    TimeUnit.MILLISECONDS.sleep(600);
    RevertPlan plan = plan(reverter);
    if (plan.refusal()
        .filter(refusal -> refusal.code() == ErrorNumber.VIR_ERR_SYSTEM_ERROR)
        .isPresent()) {
      return "left out, as libvirtd would die";
    }
    Map<String, String> storedBefore = world.ask("stored");
    Map<String, String> before = world.ask("look");
    String end;
    try {
      RevertReport report = reverter.revert();
      end = "OK";
      check(plan.refusal().isEmpty(), "it was to be refused", plan);
      checkReport(name, report, plan);
      checkLosses(plan, storedBefore, name);
    } catch (RevertException e) {
      end = e.outcome() + " " + e.getError().getCode();
      checkFailure(plan, e, before, name, storedBefore);
    }
    return ended("revert", end);
  }

  /** Whether the data of a snapshot was there. */
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
          plan.refusal().get().code(), e.getError().getCode(), () -> told("the code", plan));
      if (!plan.refusal().get().guestStopped()) {
        assertSame("refused, untouched", still(before), still(world.ask("look")), plan);
      }
      return;
    }
    boolean namedOverlay = e.getMessage().contains("already exists and is not a block device");
    boolean namedBitmap = plan.unknowns().stream().anyMatch(unknown -> unknown.contains("bitmap"));
    check(
        !intact(stored, name) || namedOverlay || namedBitmap,
        "it failed, and was not planned to: " + e.getMessage(),
        plan);
  }

  private void checkReport(String name, RevertReport report, RevertPlan plan) {
    Map<String, String> now = world.ask("look");
    assertEquals(String.valueOf(report.after().stateAndReason().rawState()), now.get("state"));
    plan.stateAfter()
        .ifPresent(
            state ->
                assertEquals(
                    String.valueOf(state.value()),
                    now.get("state"),
                    () -> told("the state", plan)));
    Map<String, String> then = taken.get(name);
    if (then == null) {
      return;
    }
    for (RestoredPart content : report.contents()) {
      if (content.certainty() == Certainty.CERTAIN) {
        checkContent(content.part(), then, now, report);
      }
    }
  }

  private void checkContent(
      String part, Map<String, String> then, Map<String, String> now, Object why) {
    if (part.equals("memory")) {
      checkMemory(then, now, why);
    } else {
      String key = part.equals("NVRAM") ? "nvram" : part;
      if (part.equals("NVRAM") && !(then.containsKey(key) && now.containsKey(key))) {
        return;
      }
      assertEquals(then.get(key), now.get(key), () -> told("content of " + part, why));
    }
  }

  /** The firmware's clock goes on from where it was. */
  private void checkMemory(Map<String, String> then, Map<String, String> now, Object why) {
    if (!then.containsKey("memory") || !now.containsKey("memory")) {
      return;
    }
    assertEquals(then.get("tmpfs"), now.get("tmpfs"), () -> told("tmpfs", why));
    double from = Double.parseDouble(then.get("memory"));
    if (from == 0) {
      // The firmware had not set its clock yet.
      return;
    }
    double to = Double.parseDouble(then.getOrDefault("later", then.get("memory")));
    double seen = Double.parseDouble(now.get("memory"));
    check(
        seen >= from - 1 && seen <= to + SLACK,
        "the memory is of " + seen + " and should be of " + from + " to " + (to + SLACK),
        why);
  }

  private void checkLosses(RevertPlan plan, Map<String, String> before, String target) {
    Map<String, String> now = world.ask("stored");
    Set<String> deleted = asDeleted(Sets.difference(before.keySet(), now.keySet()));
    Set<String> planned = losses(plan, Loss.Kind.OVERLAYS);
    check(
        Sets.intersection(planned, asDeleted(now.keySet())).isEmpty(),
        "planned, and not deleted",
        plan);
    check(
        planned.containsAll(deleted),
        "deleted, and not planned: " + Sets.difference(deleted, planned),
        plan);
    Set<String> spoiled = losses(plan, Loss.Kind.SNAPSHOTS);
    before.forEach(
        (key, content) -> {
          List<String> words = WORDS.splitToList(key);
          boolean changed = key.startsWith("stored ") && !content.equals(now.get(key));
          if (changed && !words.get(1).equals(target)) {
            check(
                spoiled.stream()
                    .anyMatch(loss -> loss.startsWith("snapshot \"" + words.get(1) + "\"")),
                "spoiled, and not planned: " + key,
                plan);
          }
        });
  }

  /** Returns the files of what was seen, in the words of a plan that says they are deleted. */
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

  private String revertGuarded(String name, WalkAction move) throws Exception {
    Map<String, String> before = world.ask("look");
    Map<String, String> stored = world.ask("stored");
    String end;
    SnapshotReverter reverter = reverter(name, move).guarded();
    RevertPlan plan = reverter.plan();
    try {
      RevertReport report = reverter.revert();
      end = "OK";
      checkReport(name, report, plan);
    } catch (RevertException e) {
      end = e.outcome().toString();
      if (e.outcome() == RevertOutcome.NOT_STARTED) {
        assertSame(
            "not started, untouched", still(before), still(world.ask("look")), e.getMessage());
      } else {
        check(!e.getMessage().contains("already exists"), "it was to wait", e.getMessage());
        checkFailure(plan, e, before, name, stored);
      }
    }
    return ended("guarded revert", end);
  }

  private String revertSafely(String name, WalkAction move) throws Exception {
    Map<String, String> before = world.ask("look");
    Map<String, String> stored = world.ask("stored");
    String end;
    try {
      RevertReport report = reverter(name, move).guarded().withSafetySnapshot().revert();
      undoable = Optional.of(report);
      undisturbed = true;
      beforeUndoable = before;
      end = "OK " + report.safetySnapshot().orElse("?");
    } catch (RevertException e) {
      end = e.outcome() + " " + e.getMessage();
      switch (e.outcome()) {
        case NOT_STARTED ->
            assertSame(
                "not started, untouched", still(before), still(world.ask("look")), e.getMessage());
        case ROLLED_BACK -> {
          checkSameContent(before, e.getMessage());
          assertEquals(
              before.get("snapshots"),
              world.ask("look").get("snapshots"),
              () -> told("left over", e.getMessage()));
        }
        default -> {
          // libvirt refused it, and nothing was done.
          check(e.outcome() == RevertOutcome.FAILED, "not rolled back: " + stored, e.getMessage());
          assertSame("failed, untouched", still(before), still(world.ask("look")), e.getMessage());
        }
      }
    }
    return ended("safe revert", end);
  }

  /** The safety snapshot goes, and the guest does not change. */
  private String discard() {
    Map<String, String> before = content(world.ask("look"));
    String end;
    try {
      SnapshotReverter.of(domain).deleteSafetySnapshot(undoable.get());
      check(!names().contains(undoable.get().safetySnapshot().orElseThrow()), "discarded", "");
      end = "OK";
    } catch (LibvirtException e) {
      end = e.getMessage();
    }
    assertSame("discarding changes nothing", before, content(world.ask("look")), end);
    return ended("discard", end);
  }

  private String undo() throws Exception {
    Map<String, String> before = world.ask("look");
    Map<String, String> stored = world.ask("stored");
    try {
      RevertReport report = SnapshotReverter.of(domain).undo(undoable.get());
      checkSameContent(beforeUndoable, report);
      if (report.safetySnapshot().isEmpty() && !names().contains(report.snapshot())) {
        undoable = Optional.empty();
      }
      return ended("undo", "OK");
    } catch (RevertException e) {
      if (!intact(stored, undoable.get().safetySnapshot().orElseThrow())) {
        return e.outcome() + ", as its data was taken away";
      }
      check(e.outcome() == RevertOutcome.NOT_STARTED, "an undo failed", e.getMessage());
      assertSame("not started, untouched", still(before), still(world.ask("look")), e.getMessage());
      check(!undisturbed, "an undo was promised", e.getMessage());
      return ended("undo", e.outcome() + " " + e.getMessage());
    }
  }

  private void checkSameContent(Map<String, String> then, Object why) {
    Map<String, String> now = world.ask("look");
    assertSame("content", content(then), content(now), why);
    checkMemory(then, now, why);
  }

  /** What an undo promises to bring back, apart from the memory. */
  private static Map<String, String> content(Map<String, String> look) {
    return Maps.filterKeys(
        look,
        key ->
            key.startsWith("disk ")
                || key.startsWith("definition")
                || Set.of("state", "nvram", "autostart").contains(key));
  }
}
