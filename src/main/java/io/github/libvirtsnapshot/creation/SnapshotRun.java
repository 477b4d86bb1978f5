package io.github.libvirtsnapshot.creation;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.plan.analysis.Planner;
import io.github.libvirtsnapshot.plan.analysis.SnapshotPlanner;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotXml;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Plans and takes one snapshot. */
final class SnapshotRun {
  private final SnapshotSettings settings;
  private final Domain domain;
  private final HostInventory inventory;

  /**
   * Creates a run.
   *
   * @param domain a handle that belongs to the run, as the caller may close theirs at any time
   */
  SnapshotRun(SnapshotSettings settings, Domain domain) {
    this.settings = settings;
    this.domain = domain;
    this.inventory = HostInventory.of(domain);
  }

  SnapshotPlan plan() throws LibvirtException {
    DomainStatus before = DomainStatus.of(domain);
    Optional<String> obstacle = GuestPreparation.of(domain, settings, before).obstacle();
    try (SnapshotCache snapshots = new SnapshotCache(domain)) {
      return SnapshotPlanner.plan(
          snapshots, inventory, settings.request(), before, obstacle.stream().toList());
    }
  }

  TakenSnapshot take() throws LibvirtException {
    SnapshotPlan plan = plan();
    if (!plan.refusals().isEmpty()) {
      throw new SnapshotException(
          title(plan) + "was not taken: " + String.join("; ", plan.refusals()),
          plan,
          Optional.of(false),
          List.of(),
          Optional.empty());
    }
    GuestPreparation preparation = GuestPreparation.of(domain, settings, plan.before());
    Optional<Throwable> notPrepared = Tried.failure(preparation::begin);
    if (notPrepared.isPresent()) {
      throw failed(
          plan,
          "was not taken: " + GuestPreparation.message(notPrepared.get()),
          Optional.of(false),
          preparation.restoreAfterFailure(),
          notPrepared.get());
    }
    Tried<DomainSnapshot> taken = Tried.of(() -> create(plan, preparation.freezes()));
    Optional<String> notRestored = preparation.restore();
    if (taken.failure().isPresent()) {
      SnapshotRemains remains = SnapshotRemains.of(domain, plan);
      throw failed(
          plan,
          "failed: " + GuestPreparation.message(taken.failure().get()) + "; " + remains.words(),
          remains.exists(),
          notRestored,
          taken.failure().get());
    }
    DomainSnapshot snapshot = taken.value().orElseThrow();
    return Cleanup.afterFailure(
        () -> checked(plan, snapshot, notRestored), failure -> snapshot.close());
  }

  private DomainSnapshot create(SnapshotPlan plan, boolean freezes) throws LibvirtException {
    SnapshotDetails planned = plan.snapshot();
    String xml =
        new SnapshotXml(
                planned.name(),
                planned.description(),
                Optional.of(planned.memory()).filter(memory -> planned.external()),
                planned.disks())
            .text();
    boolean isDiskOnly = planned.external() && !planned.hasMemory();
    Set<SnapshotCreateFlag> flags =
        isDiskOnly
            ? freezes
                ? ImmutableSet.of(SnapshotCreateFlag.DISK_ONLY, SnapshotCreateFlag.QUIESCE)
                : ImmutableSet.of(SnapshotCreateFlag.DISK_ONLY)
            : ImmutableSet.of();
    return domain.snapshotCreateXML(xml, flags.toArray(SnapshotCreateFlag[]::new));
  }

  private SnapshotException failed(
      SnapshotPlan plan,
      String outcome,
      Optional<Boolean> exists,
      Optional<String> notRestored,
      Throwable failure) {
    GuestChanges changes = GuestChanges.of(domain, plan.before(), notRestored);
    return new SnapshotException(
        title(plan) + outcome + changes.all().stream().map("; "::concat).collect(joining()),
        plan,
        exists,
        changes.notRestored(),
        Optional.of(failure));
  }

  /** Checks that the snapshot is the planned one, and that the guest is as before. */
  private TakenSnapshot checked(
      SnapshotPlan plan, DomainSnapshot snapshot, Optional<String> notRestored)
      throws SnapshotException {
    Tried<TakenSnapshot> checked = Tried.of(() -> read(plan, snapshot));
    GuestChanges changes = GuestChanges.of(domain, plan.before(), notRestored);
    List<String> all = new ArrayList<>(changes.all());
    checked
        .failure()
        .ifPresent(
            failure ->
                all.add(
                    "the snapshot could not be checked: "
                        + GuestPreparation.message(failure)
                        + "; "
                        + toLookAt(plan)));
    checked.value().ifPresent(taken -> all.addAll(differences(plan, taken)));
    if (all.isEmpty()) {
      return checked.value().orElseThrow();
    }
    throw new SnapshotException(
        title(plan) + "was taken, but: " + String.join("; ", all),
        plan,
        Optional.of(true),
        changes.notRestored(),
        checked.failure());
  }

  private TakenSnapshot read(SnapshotPlan plan, DomainSnapshot snapshot) throws LibvirtException {
    try (SnapshotCache snapshots = new SnapshotCache(domain)) {
      RevertPlan revert =
          Planner.plan(
              snapshots,
              inventory,
              RevertRequest.of(domain, Optional.of(plan.snapshot().name()), 0),
              DomainStatus.of(domain),
              PoolCreation.IN_FOLDERS_OF_POOLS);
      return new TakenSnapshot(
          snapshot, plan, snapshots.description(plan.snapshot().name()).details(), revert);
    }
  }

  /** Returns how the snapshot differs from the plan. */
  private List<String> differences(SnapshotPlan plan, TakenSnapshot taken) {
    List<String> differences = new ArrayList<>();
    SnapshotDetails planned = plan.snapshot();
    if (plan.driver().equals("QEMU") && !isAsPlanned(planned, taken.details())) {
      differences.add(
          "libvirt describes the snapshot differently than planned: "
              + described(taken.details())
              + " instead of "
              + described(planned)
              + "; "
              + toLookAt(plan));
    }
    taken.revertPlan().contents().stream()
        .filter(part -> isLost(part) && wasPlanned(plan, part.part()))
        .forEach(part -> differences.add(part.toString()));
    boolean mustBeRevertible = settings.kind().isEmpty() && plan.isRevertible();
    taken
        .revertPlan()
        .refusal()
        .filter(refusal -> mustBeRevertible && !refusal.temporary())
        .ifPresent(
            refusal ->
                differences.add(
                    "a revert to it would fail: " + refusal.reason() + "; " + refusal.wayOut()));
    return differences;
  }

  private static boolean isAsPlanned(SnapshotDetails planned, SnapshotDetails taken) {
    return planned.state().equals(taken.state())
        && planned.hasMemory() == taken.hasMemory()
        && planned.memory().file().equals(taken.memory().file())
        && planned.disks().equals(taken.disks());
  }

  private static String described(SnapshotDetails details) {
    return details + details.disks().toString();
  }

  private String toLookAt(SnapshotPlan plan) {
    return "to look at it: "
        + SnapshotRemains.virsh("snapshot-dumpxml", domain)
        + " "
        + ShellText.word(plan.snapshot().name(), "SNAPSHOT");
  }

  /** Only images show that: nothing else can have changed a part since the snapshot was taken. */
  private static boolean isLost(RestoredPart part) {
    return part.certainty().compareTo(Certainty.NOT_INCLUDED) >= 0;
  }

  private static boolean wasPlanned(SnapshotPlan plan, String part) {
    return plan.contents().stream()
        .anyMatch(planned -> planned.part().equals(part) && !isLost(planned));
  }

  private String title(SnapshotPlan plan) {
    return "snapshot "
        + LogEscaper.quote(plan.snapshot().name())
        + " of domain "
        + LogEscaper.quote(plan.domain())
        + " ";
  }
}
