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
 * Holds plans against what then really happens, for one kind of snapshot: each state before,
 * persistent and transient, with each set of flags.
 */
final class PlanAgainstReality {
  private static final int[] FLAGS =
      IntStream.concat(IntStream.range(0, 16), IntStream.of(64, 99)).toArray();
  private static final List<DomainState> ACTIVE = List.of(DomainState.RUNNING, DomainState.PAUSED);

  /** The states that a domain may be in before a revert. */
  private enum Before {
    RUNNING,
    PAUSED,
    SHUTOFF,
    MANAGED_SAVED
  }

  /** What was predicted or came to be. */
  private record Result(int code, String state) {}

  private final Connect connect;
  private final String xml;
  private final SnapshotKind kind;
  private final Path directory;
  private final List<String> disagreements = new ArrayList<>();
  private final List<RevertRow> rows = new ArrayList<>();
  private SnapshotDetails snapshot;

  PlanAgainstReality(Connect connect, String xml, SnapshotKind kind, Path directory) {
    this.connect = connect;
    this.xml = xml;
    this.kind = kind;
    this.directory = directory;
  }

  /** Returns what happened, a row for each prediction. */
  List<RevertRow> rows() {
    return rows;
  }

  /** Returns those that were wrong. */
  List<String> disagreements() {
    return disagreements;
  }

  /** Defines the domain, predicts and does it all. */
  PlanAgainstReality run() throws LibvirtException, InterruptedException {
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
    Result real = realAndFoundOut(domain, before, reverter);
    rows.add(RevertRow.of(kind.name(), snapshot, plan, real.code, domain.getState().reason()));
    if (!predicted.equals(real)) {
      disagreements.add(
          Joiner.on(' ')
              .join(kind, "from", before, "with", RevertFlag.describe(flags), predicted, real));
    }
    checkConfiguration(domain, plan, reverter, before, real);
  }

  /**
   * Whoever has to find out what became of it is not told what is not so. The test driver of
   * libvirt 7.0 leaves some guests in the wrong state, with nothing that tells that they were
   * reverted.
   */
  private Result realAndFoundOut(Domain domain, String before, SnapshotReverter reverter)
      throws LibvirtException {
    List<RevertIntent> written = new ArrayList<>();
    Result real =
        real(
            domain,
            reverter.withJournal(
                intent -> {
                  checkIsNotFound(Verdict.REVERTED, intent, before + ", not asked for");
                  written.add(intent);
                }));
    Optional<DomainState> now = Optional.of(domain.getState().state());
    for (RevertIntent intent : written) {
      if (real.code != 0) {
        checkIsNotFound(Verdict.REVERTED, intent, before);
      } else if (now.equals(intent.request().targetState())) {
        checkIsNotFound(Verdict.UNCHANGED, intent, before);
      }
    }
    return real;
  }

  private void checkIsNotFound(Verdict wrong, RevertIntent intent, String before)
      throws LibvirtException {
    if (intent.resolveOutcome(connect).orElseThrow().verdict() == wrong) {
      disagreements.add(kind + " from " + before + ": " + intent + " is found to be " + wrong);
    }
  }

  /** What the plan said would be put back is what is put back. */
  private void checkConfiguration(
      Domain domain, RevertPlan plan, SnapshotReverter reverter, String before, Result real)
      throws LibvirtException {
    boolean changed =
        plan.configurationChanges().toString().contains("title: changed -> (removed)");
    boolean putBack = !domain.getXMLDesc().contains("<title>changed</title>");
    boolean expected = kind.isThenRedefined();
    if (changed != expected || (real.code == 0 && !putBack)) {
      disagreements.add(
          kind + " from " + before + ": configuration " + plan.configurationChanges());
    }
    if (real.code == 0 && !reverter.plan().configurationChanges().isEmpty()) {
      disagreements.add(
          kind + " from " + before + ": afterwards " + reverter.plan().configurationChanges());
    }
  }

  private static Result predicted(RevertPlan plan) {
    return new Result(
        plan.refusal().map(Refusal::code).map(code -> code.value()).orElse(0),
        plan.stateAfter().map(DomainState::words).orElse("?")
            + " "
            + plan.reasonAfter().map(reason -> reason.words()).orElse("?"));
  }

  private static Result real(Domain domain, SnapshotReverter reverter) throws LibvirtException {
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
