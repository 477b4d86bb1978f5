package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.facts.Definitions;
import io.github.libvirtsnapshot.plan.facts.DomainAfterFailure;
import io.github.libvirtsnapshot.plan.facts.FactFinder;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.plan.rules.BlockingBitmap;
import io.github.libvirtsnapshot.plan.rules.DriverRules;
import io.github.libvirtsnapshot.plan.rules.OverlayNames;
import io.github.libvirtsnapshot.plan.rules.PredictedResult;
import io.github.libvirtsnapshot.plan.rules.Versions;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Creates plans from the facts. */
public final class Planner {
  private Planner() {}

  /**
   * Creates a plan, as {@code SnapshotReverter.plan()} does.
   *
   * @param inventory the domains of the host
   * @param request the request, with the name of the snapshot
   * @param before the present state of the domain
   * @param poolCreation over which folders the library may create storage pools to read images
   * @throws IllegalStateException if a handle is closed, or if the XML of the snapshot or of the
   *     domain cannot be read
   */
  public static RevertPlan plan(
      SnapshotCache snapshots,
      HostInventory inventory,
      RevertRequest request,
      DomainStatus before,
      PoolCreation poolCreation)
      throws LibvirtException {
    return plan(FactFinder.all(snapshots, inventory, request, before, poolCreation));
  }

  /** Returns whether {@link #predictedChanges} supports one of libvirt's drivers. */
  public static boolean knowsContents(String driver) {
    return DriverAnalysis.of(driver).knowsContents();
  }

  /**
   * Returns whether QEMU chooses the disk in which it saves the memory of an internal snapshot. On
   * a newer libvirt, libvirt chooses it.
   */
  public static boolean qemuChoosesMemoryDisk(RevertPlan plan) {
    return plan.driver().equals("QEMU") && plan.libvirtVersion() < Versions.SNAPSHOT_JOBS_SINCE;
  }

  /**
   * Returns only the part of a plan that each run needs.
   *
   * @param inventory the domains of the host
   * @param request the request, with the name of the snapshot
   * @param before the present state of the domain
   * @throws IllegalStateException as {@link #plan} does
   */
  public static PredictedChanges predictedChanges(
      SnapshotCache snapshots, HostInventory inventory, RevertRequest request, DomainStatus before)
      throws LibvirtException {
    Facts facts = FactFinder.ofContents(snapshots, inventory, request, before);
    return new PredictedChanges(
        DriverAnalysis.of(facts.driver().name()).contents(facts),
        !configurationChanges(facts).isEmpty());
  }

  /**
   * Returns the parts of a domain that libvirt changed although the revert failed. The domain has
   * to be shut off.
   *
   * @param changesDefinition whether the definition was not the snapshot's before the revert
   * @throws IllegalStateException as {@link #plan} does
   */
  public static PartialRevert partialRevert(
      Domain domain, SnapshotDescription target, boolean changesDefinition)
      throws LibvirtException {
    return PartialRevert.of(DomainAfterFailure.of(domain, target), target, changesDefinition);
  }

  /**
   * Returns how to remove the bitmaps that prevent a revert according to the error of the revert.
   *
   * @param target the snapshot of the revert
   */
  public static Optional<Refusal> reportedBitmap(
      LibvirtException failure, SnapshotDescription target) {
    return BlockingBitmap.reportedBy(failure, target.rewritten());
  }

  /**
   * Returns the parts of a domain that a failed rollback has restored, and those that it has not.
   * The domain has to be shut off.
   *
   * @param target the snapshot of the revert that failed before, if its XML was read
   * @throws IllegalStateException as {@link #plan} does
   */
  public static PartialRevert partialRollback(
      Domain domain, SnapshotDescription safety, Optional<SnapshotDescription> target)
      throws LibvirtException {
    return PartialRevert.ofRollback(DomainAfterFailure.of(domain, safety), safety, target);
  }

  /**
   * Returns what a revert that failed, or its rollback, changed of a guest that it left paused.
   *
   * @param snapshots the snapshots of the revert and of the rollback, as far as their XML was read
   * @throws IllegalStateException if libvirt returns XML that the library cannot read
   */
  public static PartialRevert leftPaused(Domain domain, List<SnapshotDescription> snapshots)
      throws LibvirtException {
    return PartialRevert.ofPausedGuest(Definitions.live(domain), snapshots);
  }

  private static RevertPlan plan(Facts facts) {
    DriverAnalysis driver = DriverAnalysis.of(facts.driver().name());
    PredictedResult prediction = DriverRules.of(facts.driver().name()).predict(facts);
    CommandNames names = new CommandNames(facts.request());
    return new RevertPlan(
        facts.request(),
        facts.driver().name(),
        facts.driver().libvirtVersion(),
        facts.before(),
        facts.path(),
        prediction.refusal().map(names::in),
        prediction.state(),
        prediction.reason(),
        facts.target().isExternal()
            ? OverlayNames.free(facts.domainFacts().images().all(), Instant.now())
            : Optional.empty(),
        Losses.of(facts),
        Stream.concat(configurationChanges(facts).stream(), DiskSizes.changes(facts).stream())
            .toList(),
        driver.contents(facts),
        names.in(driver.safety(facts)),
        unknowns(driver, facts),
        facts.domainFacts().transientPools());
  }

  private static List<ConfigurationChange> configurationChanges(Facts facts) {
    return facts.definitions().persistent().stream()
        .flatMap(now -> DefinitionDiff.onRevert(now, facts.target()).stream())
        .toList();
  }

  private static List<String> unknowns(DriverAnalysis driver, Facts facts) {
    ImmutableList.Builder<String> all = ImmutableList.builder();
    if (!facts.before().persistent()) {
      all.add(
          "which configuration changes the revert makes: a transient domain has no persistent"
              + " definition to compare");
    }
    return all.addAll(driver.unknowns(facts)).addAll(facts.unknowns()).build();
  }
}
