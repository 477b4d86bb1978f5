package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.base.Splitter;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.creation.SnapshotException;
import io.github.libvirtsnapshot.creation.TakenSnapshot;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares what the library plans, reports and promises with what the {@link
 * IndependentGuestDriver} observes. A failed check prints the walk.
 */
final class WalkChecks {
  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();

  /** The ticks of the firmware's clock between a request and its reading, on a machine at rest. */
  private static final double MAX_DELAY_TICKS = 60;

  /** The firmware's clock has 18.2 ticks per second, and a guest makes up for ticks it has lost. */
  private static final double MAX_TICKS_PER_SECOND = 20;

  /** The parts of a plan and the names under which the driver observes them. */
  private static final Map<String, String> OBSERVED_AS = Map.of("NVRAM", "nvram", "TPM", "tpm");

  /** What an undo restores, besides the disks, the definition and the memory. */
  private static final Set<String> RESTORED =
      Set.of("state", "nvram", "tpm", "autostart", "cpus", "interfaces");

  /**
   * What a plan says of a disk that the snapshot does not include and that was in another image.
   */
  private static final Pattern USED_AGAIN =
      Pattern.compile("the disk uses \"(.+)\" again, with its present content, instead of .*");

  private final IndependentGuestDriver driver;
  private final boolean hasPool;
  private final WalkStatistics statistics;

  /** The actions so far, each with its result. */
  private final List<String> history = new ArrayList<>();

  /** By disk, the contents of the images that the last planned revert lets disks use again. */
  private final Map<String, String> usedAgain = new HashMap<>();

  /** The time when the last action began. */
  private long begun = System.nanoTime();

  /**
   * Creates the checks of one walk.
   *
   * @param hasPool whether the images of the guest are in an active storage pool
   */
  WalkChecks(IndependentGuestDriver driver, boolean hasPool, WalkStatistics statistics) {
    this.driver = driver;
    this.hasPool = hasPool;
    this.statistics = statistics;
  }

  void begin(String description) {
    history.add(description);
    begun = System.nanoTime();
  }

  /** Returns the most ticks of the firmware's clock since the action began. */
  double ticksSinceBegin() {
    return MAX_TICKS_PER_SECOND * (System.nanoTime() - begun) / 1e9;
  }

  void end(String result) {
    int last = history.size() - 1;
    history.set(last, history.get(last) + ": " + result);
  }

  private Map<String, String> observe() {
    return driver.perform("observe");
  }

  private String report(String message, Object context) {
    return message
        + ", at the end of this walk:\n  "
        + String.join("\n  ", history)
        + "\n"
        + context;
  }

  void check(boolean condition, String message, Object context) {
    if (!condition) {
      throw new AssertionError(report(message, context) + "\nlibvirtd's log:\n" + driver.log());
    }
  }

  /** Returns the entries that change only through an action. */
  private static Map<String, String> stable(Map<String, String> observed) {
    Map<String, String> stable = new TreeMap<>(observed);
    stable.keySet().removeAll(Set.of("memory", "time"));
    return stable;
  }

  void checkUnchanged(String message, Map<String, String> before, Object context) {
    assertSame(message, stable(before), stable(observe()), context);
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

  // after a snapshot

  /**
   * Checks a snapshot that the library took, and the guest.
   *
   * @param before the observation before the snapshot
   * @param revert the plan of a revert to the snapshot
   */
  void checkTaken(
      SnapshotPlan plan, TakenSnapshot taken, Map<String, String> before, RevertPlan revert) {
    check(plan.refusals().isEmpty(), "a refused snapshot was taken", plan);
    Map<String, String> now = observe();
    for (String key : before.keySet()) {
      if (key.startsWith("disk ") || key.equals("state")) {
        Optional<String> difference = difference(key, before, now);
        check(
            difference.isEmpty(),
            "the snapshot changed " + key + ": " + difference.orElse(""),
            plan);
      }
    }
    Map<String, String> stored = driver.perform("observe_storage");
    String prefix = "stored " + plan.snapshot().name() + " ";
    for (RestoredPart part : plan.contents()) {
      if (part.part().startsWith("disk ")) {
        String disk = part.part().substring("disk ".length());
        String expected =
            part.certainty() == Certainty.NOT_INCLUDED ? null : before.get(part.part());
        check(
            Objects.equals(expected, stored.get(prefix + disk)) || "encrypted".equals(expected),
            "wrong content of " + disk + " in the snapshot: " + stored.get(prefix + disk),
            plan);
      }
    }
    check(
        plan.revertRefusal().map(Refusal::code).equals(revert.refusal().map(Refusal::code)),
        "the plan of the snapshot and the plan of the revert differ: " + revert,
        plan);
    check(
        revert.refusal().equals(taken.revertPlan().refusal()),
        "two plans of the revert differ: " + taken.revertPlan(),
        revert);
  }

  /**
   * Checks that a snapshot was not taken, and nothing was changed.
   *
   * @param before the observation before
   * @param stored the snapshots, bitmaps and media before
   */
  void checkNotTaken(
      SnapshotPlan plan,
      SnapshotException e,
      Map<String, String> before,
      Map<String, String> stored) {
    check(e.exists().equals(Optional.of(false)), "an unwanted snapshot exists", e.getMessage());
    assertSame(
        "a snapshot that was not taken changed the guest",
        withoutReason(stable(before)),
        withoutReason(stable(observe())),
        e.getMessage());
    assertSame(
        "a snapshot that was not taken changed what is stored",
        stored,
        driver.perform("observe_storage"),
        e.getMessage());
    check(
        !plan.refusals().isEmpty() || namesCondition(plan, stored),
        "a planned snapshot was not taken: " + e.getMessage(),
        plan);
    plan.refusals().forEach(statistics::addRefusal);
  }

  private static boolean namesCondition(SnapshotPlan plan, Map<String, String> stored) {
    boolean namesImages =
        plan.unknowns().stream().anyMatch(unknown -> unknown.contains("can be opened"));
    return missing(stored).findAny().isPresent()
        || (namesImages && removedImages(stored).findAny().isPresent());
  }

  /** A guest that was paused and resumed has another reason of its state. */
  private static Map<String, String> withoutReason(Map<String, String> observed) {
    return Maps.filterKeys(observed, key -> !key.equals("reason"));
  }

  // after a revert

  /**
   * Checks the contents and the state that a report states.
   *
   * @param then the observation when the snapshot was taken
   * @param before the observation before the revert
   */
  void checkReport(
      Map<String, String> then, Map<String, String> before, RevertReport report, RevertPlan plan) {
    Map<String, String> now = observe();
    plan.refusal().ifPresent(refusal -> checkNeedless(refusal, plan));
    assertEquals(String.valueOf(report.after().stateAndReason().rawState()), now.get("state"));
    plan.stateAfter()
        .filter(predicted -> plan.refusal().isEmpty())
        .ifPresent(
            state ->
                assertEquals(
                    String.valueOf(state.value()),
                    now.get("state"),
                    () -> report("wrong state", plan)));
    for (RestoredPart part : report.contents()) {
      checkPart(part, then, now, report);
      checkUnaffected(part, before, now, report);
    }
  }

  /** Observes the images that disks will use again after a planned revert. */
  void observeImagesUsedAgain(RevertPlan plan) {
    usedAgain.clear();
    for (RestoredPart part : plan.contents()) {
      Matcher reason = USED_AGAIN.matcher(part.reason());
      if (reason.matches()) {
        usedAgain.putAll(driver.perform("observe_image", part.part(), reason.group(1)));
      }
    }
  }

  /**
   * A part that a snapshot does not include keeps the content that it had before the revert. A disk
   * that uses another image again has the content that this image had.
   */
  private void checkUnaffected(
      RestoredPart part, Map<String, String> before, Map<String, String> now, Object context) {
    boolean keeps =
        part.certainty() == Certainty.UNAFFECTED
            || (part.certainty() == Certainty.NOT_INCLUDED && part.part().startsWith("disk "));
    if (keeps) {
      Map<String, String> kept = new HashMap<>(before);
      kept.putAll(usedAgain);
      Optional<String> difference = difference(part.part(), kept, now);
      check(
          difference.isEmpty(),
          "the revert changed " + part + ": " + difference.orElse(""),
          context);
    }
  }

  /** Only the image of a guest that is off shows whether it contains the bitmap of a checkpoint. */
  private void checkNeedless(Refusal refusal, RevertPlan plan) {
    check(
        refusal.reason().startsWith("the domain has checkpoints"),
        "the plan predicted a refusal, but the revert succeeded",
        plan);
    statistics.addOutcome("revert OK although refused: checkpoint without a bitmap");
  }

  private void checkPart(
      RestoredPart part, Map<String, String> then, Map<String, String> now, Object context) {
    Optional<String> difference = difference(part.part(), then, now);
    // Where the library could read the images, they show what was changed.
    boolean isPromised =
        part.certainty() == Certainty.CERTAIN
            || (part.certainty() == Certainty.PRESUMED
                && !part.reason().contains("could not read"));
    check(
        difference.isEmpty() || !isPromised,
        "wrong content of " + part + ": " + difference.orElse(""),
        context);
    statistics.addContent(part, difference.isEmpty());
  }

  /** Returns how a part differs from the snapshot, as far as both were observed. */
  private Optional<String> difference(
      String part, Map<String, String> then, Map<String, String> now) {
    if (part.equals("memory")) {
      return differenceOfMemory(then, now);
    }
    String key = OBSERVED_AS.getOrDefault(part, part);
    boolean isObserved =
        then.containsKey(key) && (part.startsWith("disk ") || now.containsKey(key));
    boolean isReadable = !"encrypted".equals(then.get(key)) && !"encrypted".equals(now.get(key));
    return isObserved && isReadable && !Objects.equals(then.get(key), now.get(key))
        ? Optional.of("was " + then.get(key) + ", is " + now.get(key))
        : Optional.empty();
  }

  /** The firmware's clock continues from its value at the snapshot. */
  private Optional<String> differenceOfMemory(Map<String, String> then, Map<String, String> now) {
    if (!then.containsKey("memory") || !now.containsKey("memory")) {
      return Optional.empty();
    }
    if (!Objects.equals(then.get("tmpfs"), now.get("tmpfs"))) {
      return Optional.of("the file in the tmpfs is " + now.get("tmpfs"));
    }
    double from = Double.parseDouble(then.get("memory"));
    double to = Double.parseDouble(then.getOrDefault("later", then.get("memory")));
    double observed = Double.parseDouble(now.get("memory"));
    // At zero, the firmware had not yet set its clock.
    double most = to + Math.max(MAX_DELAY_TICKS, ticksSinceBegin());
    return from == 0 || (observed >= from - 1 && observed <= most)
        ? Optional.empty()
        : Optional.of("the counter in the memory is " + observed + ", not " + from + " to " + most);
  }

  /** Checks that the guest has the content of an earlier observation. */
  void checkSameContent(Map<String, String> then, Object context) {
    Map<String, String> now = observe();
    assertSame("wrong content", content(then), content(now), context);
    Optional<String> difference = differenceOfMemory(then, now);
    check(difference.isEmpty(), "wrong memory: " + difference.orElse(""), context);
  }

  /** Returns what an undo must restore, except the memory. */
  static Map<String, String> content(Map<String, String> observed) {
    return Maps.filterKeys(
        observed,
        key -> key.startsWith("disk ") || key.startsWith("definition") || RESTORED.contains(key));
  }

  /** Checks that the guest has the same content as in an earlier observation of that content. */
  void checkContentUnchanged(String message, Map<String, String> content, Object context) {
    assertSame(message, content, content(observe()), context);
  }

  // losses

  void checkLosses(RevertPlan plan, Map<String, String> before, String target) {
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

  /** The folder of the guest has a second name. */
  private static Set<String> losses(RevertPlan plan, Loss.Kind kind) {
    return plan.losses().stream()
        .filter(loss -> loss.kind() == kind)
        .map(loss -> loss.what().replace("-link/", "/"))
        .collect(Collectors.toSet());
  }

  // after a failure

  /**
   * Checks that the plan predicted a failure with this code, or names the condition that it could
   * not check: libvirt can also fail because of that condition before it fails for another reason.
   *
   * @param stored the snapshots, bitmaps and media before the revert
   */
  void checkFailure(
      RevertPlan plan,
      RevertException e,
      Map<String, String> before,
      String name,
      Map<String, String> stored) {
    boolean isNamed = namesCondition(plan, name, stored);
    if (plan.refusal().isPresent()) {
      check(
          isNamed || plan.refusal().get().code() == e.getError().getCode(),
          "wrong error code: " + e.getMessage(),
          plan);
      if (!plan.refusal().get().guestStopped()) {
        checkUnchanged("a refused revert changed the guest", before, plan);
      }
      return;
    }
    boolean overlayNameTaken = e.getMessage().contains("already exists and is not a block device");
    check(
        overlayNameTaken || isNamed,
        "the revert failed, but the plan did not predict a refusal: " + e.getMessage(),
        plan);
  }

  private static boolean namesCondition(RevertPlan plan, String name, Map<String, String> stored) {
    return (!intact(stored, name) && names(plan, "can be read"))
        || (hasBitmaps(stored) && names(plan, "bitmap"))
        || names(plan, "has a snapshot with the ID " + name)
        || names(plan, "whether another domain uses an image of the domain under another path")
        || missing(stored).anyMatch(medium -> names(plan, medium));
  }

  private static boolean names(RevertPlan plan, String words) {
    return plan.unknowns().stream().anyMatch(unknown -> unknown.contains(words));
  }

  /** Returns whether all data of a snapshot is present and readable. */
  static boolean intact(Map<String, String> stored, String name) {
    return stored.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("stored " + name + " "))
        .noneMatch(
            entry -> entry.getValue().equals("unreadable") || entry.getValue().equals("False"));
  }

  private static boolean hasBitmaps(Map<String, String> stored) {
    return !stored.getOrDefault("bitmaps", "").isEmpty();
  }

  private static Stream<String> missing(Map<String, String> stored) {
    return stored.keySet().stream()
        .filter(key -> key.startsWith("missing "))
        .map(key -> key.substring(8));
  }

  /** Returns whether a plan states that it does not know whether a removed image can be read. */
  static boolean namesRemovedImage(RevertPlan plan, Map<String, String> stored) {
    return removedImages(stored)
        .anyMatch(image -> plan.unknowns().stream().anyMatch(unknown -> unknown.contains(image)));
  }

  private static Stream<String> removedImages(Map<String, String> stored) {
    return stored.keySet().stream()
        .filter(key -> key.startsWith("file ") && key.endsWith(".removed"))
        .map(key -> key.substring("file ".length(), key.length() - ".removed".length()));
  }

  /**
   * Returns whether something that the library cannot see may prevent the rollback: a bitmap of a
   * running guest, or a medium that no pool has.
   */
  boolean hasHiddenObstacle(Map<String, String> before, Map<String, String> stored) {
    boolean isActive = !Objects.equals(before.get("id"), "-1");
    return ((isActive || !hasPool) && hasBitmaps(stored))
        || (!hasPool && missing(stored).findAny().isPresent());
  }
}
