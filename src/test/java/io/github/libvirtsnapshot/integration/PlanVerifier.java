package io.github.libvirtsnapshot.integration;

import com.google.common.base.Joiner;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRow;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Compares plans with the reverts that follow, for one kind of snapshot: from each state, for a
 * persistent and a transient domain, with each set of flags.
 */
final class PlanVerifier {
  private static final int[] FLAGS =
      IntStream.concat(IntStream.range(0, 16), IntStream.of(64, 99)).toArray();
  private static final List<DomainState> ACTIVE = List.of(DomainState.RUNNING, DomainState.PAUSED);

  /** The state of a domain before a revert. */
  private enum Before {
    RUNNING,
    PAUSED,
    SHUTOFF,
    MANAGED_SAVED
  }

  /** A predicted or actual result. */
  private record Result(int code, String state) {}

  private final Connect connect;
  private final String xml;
  private final SnapshotKind kind;
  private final Path directory;
  private final List<String> disagreements = new ArrayList<>();
  private final List<RevertRow> rows = new ArrayList<>();
  private SnapshotDetails snapshot;

  PlanVerifier(Connect connect, String xml, SnapshotKind kind, Path directory) {
    this.connect = connect;
    this.xml = xml;
    this.kind = kind;
    this.directory = directory;
  }

  /** Returns a row for each revert. */
  List<RevertRow> rows() {
    return rows;
  }

  /** Returns a description of each wrong prediction. */
  List<String> disagreements() {
    return disagreements;
  }

  /** Defines the domain, and compares the plan with the revert in each case. */
  PlanVerifier run() throws LibvirtException, InterruptedException {
    try (Domain domain = connect.domainDefineXML(xml)) {
      kind.take(domain, directory);
      try (DomainSnapshot taken = domain.snapshotLookupByName("snapshot")) {
        snapshot = SnapshotDetails.of(taken);
      }
      for (Before before : Before.values()) {
        for (int flags : FLAGS) {
          bringTo(domain, before);
          compare(domain, before + ", persistent", flags);
        }
      }
      if (!kind.isThenRedefined()) {
        runTransient(domain);
      }
    }
    return this;
  }

  private void runTransient(Domain domain) throws LibvirtException, InterruptedException {
    bringTo(domain, Before.RUNNING);
    domain.undefine();
    for (DomainState before : ACTIVE) {
      for (int flags : FLAGS) {
        Guests.bringTo(domain, before);
        compare(domain, before + ", transient", flags);
      }
    }
    domain.destroy();
  }

  private void bringTo(Domain domain, Before before) throws LibvirtException {
    if (domain.hasManagedSaveImage()) {
      domain.managedSaveRemove();
    }
    if (kind.isThenRedefined()) {
      Guests.bringTo(domain, DomainState.SHUTOFF);
      connect.domainDefineXML(redefined(domain)).close();
    }
    switch (before) {
      case RUNNING -> Guests.bringTo(domain, DomainState.RUNNING);
      case PAUSED -> Guests.bringTo(domain, DomainState.PAUSED);
      case SHUTOFF -> Guests.bringTo(domain, DomainState.SHUTOFF);
      case MANAGED_SAVED -> {
        Guests.bringTo(domain, DomainState.RUNNING);
        domain.managedSave();
      }
    }
  }

  private String redefined(Domain domain) {
    return xml.replace(
            "</name>", "</name><uuid>" + domain.getUUIDString() + "</uuid><title>changed</title>")
        .replace(">32</memory>", ">48</memory>");
  }

  private void compare(Domain domain, String before, int flags)
      throws LibvirtException, InterruptedException {
    SnapshotReverter reverter = SnapshotReverter.of(domain).to("snapshot").flags(flags);
    RevertPlan plan = reverter.plan();
    if (kind.isExternal() && plan.refusal().isEmpty()) {
      // Two reverts in one second would give both overlays one name.
      TimeUnit.MILLISECONDS.sleep(1001 - System.currentTimeMillis() % 1000);
    }
    Result predicted = predicted(plan);
    Result actual = revertAndResolveOutcome(domain, before, reverter);
    rows.add(RevertRow.of(kind.name(), snapshot, plan, actual.code, domain.getState().reason()));
    if (!predicted.equals(actual)) {
      disagreements.add(
          Joiner.on(' ')
              .join(kind, "from", before, "with", RevertFlag.describe(flags), predicted, actual));
    }
    checkConfiguration(domain, plan, reverter, before, actual);
  }

  /**
   * Reverts, and checks that resolving the outcome never gives a wrong verdict. The verdict may be
   * indeterminate: the test driver of libvirt 7.0 leaves some guests in the wrong state, without a
   * sign that they were reverted.
   */
  private Result revertAndResolveOutcome(Domain domain, String before, SnapshotReverter reverter)
      throws LibvirtException {
    List<RevertIntent> journal = new ArrayList<>();
    Result actual =
        revert(
            domain,
            reverter.withJournal(
                intent -> {
                  checkVerdictIsNot(Verdict.REVERTED, intent, before + ", before the revert");
                  journal.add(intent);
                }));
    Optional<DomainState> now = Optional.of(domain.getState().state());
    for (RevertIntent intent : journal) {
      if (actual.code != 0) {
        checkVerdictIsNot(Verdict.REVERTED, intent, before);
      } else if (now.equals(intent.request().targetState())) {
        checkVerdictIsNot(Verdict.UNCHANGED, intent, before);
      }
    }
    return actual;
  }

  private void checkVerdictIsNot(Verdict wrong, RevertIntent intent, String before)
      throws LibvirtException {
    if (intent.resolveOutcome(connect).orElseThrow().verdict() == wrong) {
      disagreements.add(
          kind + " from " + before + ": " + intent + " has the wrong verdict " + wrong);
    }
  }

  /** Checks that the revert restores exactly the configuration that the plan lists. */
  private void checkConfiguration(
      Domain domain, RevertPlan plan, SnapshotReverter reverter, String before, Result actual)
      throws LibvirtException {
    boolean changed =
        plan.configurationChanges().toString().contains("title: changed -> (removed)");
    boolean restored = !domain.getXMLDesc().contains("<title>changed</title>");
    boolean expected = kind.isThenRedefined();
    if (changed != expected || (actual.code == 0 && !restored)) {
      disagreements.add(
          kind + " from " + before + ": configuration " + plan.configurationChanges());
    }
    if (actual.code == 0 && !reverter.plan().configurationChanges().isEmpty()) {
      disagreements.add(
          kind
              + " from "
              + before
              + ": after the revert, configuration "
              + reverter.plan().configurationChanges());
    }
  }

  private static Result predicted(RevertPlan plan) {
    return new Result(
        plan.refusal().map(Refusal::code).map(code -> code.value()).orElse(0),
        plan.stateAfter().map(DomainState::words).orElse("?")
            + " "
            + plan.reasonAfter().map(reason -> reason.words()).orElse("?"));
  }

  private static Result revert(Domain domain, SnapshotReverter reverter) throws LibvirtException {
    int code = 0;
    try {
      DomainStatus unused = reverter.revert().after();
    } catch (RevertException e) {
      code = e.getError().getRawCode();
    }
    var state = domain.getState();
    return new Result(code, state.state().words() + " " + state.reason().words());
  }
}
