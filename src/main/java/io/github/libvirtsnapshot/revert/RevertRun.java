package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One run of a revert: look, plan, take the safety snapshot, ask libvirt, look again, and mend or
 * roll back. Each step is left out unless it was asked for.
 */
final class RevertRun {
  private final RevertSettings settings;
  private final Domain domain;
  private final RevertGate gate;
  private final RevertJournal journal;

  private Optional<SafetySnapshot> safety = Optional.empty();

  /** Written by the thread that runs it, and read by the one that waits for it. */
  private volatile RevertFacts facts;

  RevertRun(RevertSettings settings, RevertGate gate) {
    this.settings = settings;
    this.domain = settings.domain();
    this.gate = gate;
    this.journal = new RevertJournal(settings.listener());
    this.facts =
        RevertFacts.of(RevertRequest.of(domain, settings.target().name(), settings.flags()));
  }

  /** Returns what is known so far. */
  RevertFacts facts() {
    return facts;
  }

  /** Runs it; whatever comes of it is logged, and returned or thrown. */
  RevertReport run() throws RevertException {
    journal.begin();
    try {
      RevertReport report = lookAndRevert();
      journal.reverted(report);
      return report;
    } catch (RevertException e) {
      journal.failed(e);
      throw e;
    }
  }

  /** Plans it, and does nothing. */
  RevertPlan plan() throws RevertException {
    DomainSnapshot snapshot = look();
    try {
      return plan(snapshot);
    } finally {
      settings.target().release(snapshot);
    }
  }

  private RevertReport lookAndRevert() throws RevertException {
    DomainSnapshot snapshot = look();
    try {
      if (settings.plansFirst()) {
        guard(plan(snapshot));
      }
      if (settings.safetySnapshot() && gate.isOpen()) {
        takeSafetySnapshot();
      }
      facts = facts.begunAt(Instant.now());
      if (!gate.pass()) {
        throw calledOff();
      }
      return revertSafely(snapshot);
    } finally {
      settings.target().release(snapshot);
    }
  }

  private DomainSnapshot look() throws RevertException {
    try {
      facts = facts.with(DomainStatus.of(domain));
      DomainSnapshot snapshot = settings.target().acquire(domain);
      try {
        facts = facts.with(facts.request().to(snapshot.getName()));
        readStateAskedFor(snapshot);
        return snapshot;
      } catch (LibvirtException | RuntimeException e) {
        settings.target().release(snapshot);
        throw e;
      }
    } catch (LibvirtException e) {
      throw Failures.notStarted(facts, e);
    }
  }

  private void readStateAskedFor(DomainSnapshot snapshot) throws LibvirtException {
    if (facts.request().asked().isEmpty()) {
      facts =
          facts.with(facts.request().asking(SnapshotXml.stateToRevertTo(snapshot.getXMLDesc())));
    }
  }

  private RevertPlan plan(DomainSnapshot snapshot) throws RevertException {
    try {
      return Planner.plan(domain, snapshot, facts.request(), facts.before().get());
    } catch (LibvirtException e) {
      throw Failures.notStarted(facts, e);
    }
  }

  private void guard(RevertPlan plan) throws RevertException {
    journal.planned(plan);
    boolean mended = settings.enforcingState() && plan.leavesAnotherState();
    if (!plan.isAsAsked() && !mended) {
      throw Failures.guarded(facts, plan);
    }
  }

  private void takeSafetySnapshot() throws RevertException {
    String name = SafetySnapshot.newName(Instant.now());
    try {
      safety = Optional.of(SafetySnapshot.take(domain, name, facts));
    } catch (LibvirtException e) {
      throw Failures.unsafe(facts, name, Aftermath.of(domain), e);
    }
    facts = facts.withSafetySnapshot(name);
    journal.safetySnapshotTaken(facts);
  }

  private RevertException calledOff() {
    Optional<Exception> leftOver = discardSafetySnapshot();
    RevertException exception = Failures.notStarted(facts, "it was called off");
    leftOver.ifPresent(exception::addSuppressed);
    return exception;
  }

  private RevertReport revertSafely(DomainSnapshot snapshot) throws RevertException {
    try {
      return revert(snapshot);
    } catch (RevertException e) {
      throw safety.isPresent() && e.outcome() != RevertOutcome.UNKNOWN ? rollBack(e) : e;
    }
  }

  private RevertReport revert(DomainSnapshot snapshot) throws RevertException {
    journal.reverting(facts);
    while (true) {
      LibvirtException failure = attempt(snapshot);
      if (failure == null) {
        return check(Aftermath.of(domain));
      }
      Aftermath after = Aftermath.of(domain);
      boolean again =
          after.status().isPresent() && settings.retries().allows(failure, facts.attempts().size());
      if (!again) {
        throw Failures.failed(facts, after, failure);
      }
      journal.retrying(facts, failure);
      if (!settings.retries().waits()) {
        throw Failures.failed(facts, after, failure);
      }
    }
  }

  /** Asks libvirt once, and returns its error, or null. */
  private LibvirtException attempt(DomainSnapshot snapshot) {
    long start = System.nanoTime();
    try {
      domain.revertToSnapshot(snapshot, settings.flags());
      record(Optional.empty(), start);
      return null;
    } catch (LibvirtException e) {
      record(Optional.of(e), start);
      return e;
    }
  }

  private void record(Optional<LibvirtException> failure, long start) {
    facts =
        facts.with(
            new RevertAttempt(
                failure.map(LibvirtException::getError),
                Duration.ofNanos(System.nanoTime() - start)));
  }

  private RevertReport check(Aftermath after) throws RevertException {
    if (isAsAsked(after)) {
      return report(after.status().get(), ImmutableList.of());
    }
    if (settings.enforcingState() && canBeMended(after)) {
      return mend(after.status().get());
    }
    throw Failures.notAsAsked(facts, after, Optional.empty());
  }

  private boolean isAsAsked(Aftermath after) {
    Optional<DomainState> asked = facts.request().asked();
    return after.status().isPresent()
        && (asked.isEmpty() || asked.get() == after.status().get().state());
  }

  private boolean canBeMended(Aftermath after) {
    return after.status().isPresent()
        && StateEnforcer.canLead(after.status().get(), facts.request().asked().get());
  }

  private RevertReport mend(DomainStatus left) throws RevertException {
    List<StateStep> steps;
    try {
      steps = StateEnforcer.lead(domain, left, facts.request().asked().get());
    } catch (LibvirtException e) {
      throw Failures.notAsAsked(facts, Aftermath.of(domain), Optional.of(e));
    }
    Aftermath after = Aftermath.of(domain);
    if (!isAsAsked(after)) {
      throw Failures.notAsAsked(facts, after, Optional.empty());
    }
    return report(after.status().get(), steps);
  }

  private RevertReport report(DomainStatus after, List<StateStep> enforced) {
    return new RevertReport(
        facts.request(),
        facts.before().get(),
        after,
        facts.attempts().get(facts.attempts().size() - 1).elapsed(),
        facts.attempts(),
        enforced,
        facts.safetySnapshot());
  }

  private RevertException rollBack(RevertException failure) {
    DomainStatus before = facts.before().get();
    if (isUntouched(failure)) {
      Optional<Exception> leftOver = discardSafetySnapshot();
      Optional<DomainStatus> now = Aftermath.of(domain).status().or(failure::after);
      RevertException untouched = Failures.untouched(failure, facts, now);
      leftOver.ifPresent(untouched::addSuppressed);
      return untouched;
    }
    try {
      safety.get().restore();
    } catch (LibvirtException | IllegalStateException e) {
      return Failures.rollbackFailed(failure, facts, Aftermath.of(domain), e);
    }
    Aftermath after = Aftermath.of(domain);
    if (after.status().filter(status -> status.state() == before.state()).isEmpty()) {
      return Failures.rollbackFailed(failure, facts, after);
    }
    Optional<Exception> leftOver = discardSafetySnapshot();
    DomainStatus now = Aftermath.of(domain).status().orElse(after.status().get());
    RevertException rolledBack = Failures.rolledBack(failure, facts, now);
    leftOver.ifPresent(rolledBack::addSuppressed);
    return rolledBack;
  }

  /** libvirt refused, and the guest goes on as if nothing had been asked. */
  private boolean isUntouched(RevertException failure) {
    DomainStatus before = facts.before().get();
    return failure.outcome() == RevertOutcome.FAILED
        && failure
            .after()
            .filter(after -> after.isSameProcessAs(before) && after.state() == before.state())
            .isPresent();
  }

  /** Deletes the safety snapshot, which is of no more use; returns why it could not, if so. */
  private Optional<Exception> discardSafetySnapshot() {
    Optional<Exception> obstacle = safety.flatMap(SafetySnapshot::delete);
    if (obstacle.isEmpty()) {
      facts = facts.withoutSafetySnapshot();
    }
    return obstacle;
  }
}
