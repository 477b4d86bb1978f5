package io.github.libvirtsnapshot.creation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.FaultyLibvirt;
import io.github.libvirtsnapshot.FaultyLibvirt.Fault;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Makes another native call of a maker fail each time, in each way in which a call can fail. The
 * exception has to say whether the domain has the snapshot, and what was not restored.
 */
class SnapshotFailureSweepTest {
  /** More native calls than a maker makes. */
  private static final int MAX_CALLS = 300;

  private static final String DOMAIN = "web01";

  @ParameterizedTest
  @EnumSource
  void guestIsPaused(Fault fault) throws Exception {
    sweep(fault, maker -> maker.withMemory().pausingFirst());
  }

  @ParameterizedTest
  @EnumSource
  void guestIsShutOff(Fault fault) throws Exception {
    sweep(fault, maker -> maker.shuttingOffFirst(Duration.ofMillis(200)));
  }

  private static void sweep(Fault fault, UnaryOperator<SnapshotMaker> settings)
      throws LibvirtException {
    int call = 1;
    while (failCall(fault, call, settings)) {
      call++;
      assertTrue(call < MAX_CALLS, "a maker made too many native calls");
    }
    assertTrue(call > 30, "only " + call + " native calls were made");
  }

  /** Makes one call fail, and returns whether the maker made this call. */
  private static boolean failCall(Fault fault, int call, UnaryOperator<SnapshotMaker> settings)
      throws LibvirtException {
    FakeLibvirt libvirt = new FakeLibvirt();
    FakeDomain fake = libvirt.addDomain(DOMAIN, DomainState.RUNNING);
    CountingLibvirt references = CountingLibvirt.of(libvirt.library());
    Domain[] handle = new Domain[1];
    FaultyLibvirt faulty =
        new FaultyLibvirt(references.library(), fault, call, () -> handle[0].close(), fake::remove);
    Optional<Throwable> failure;
    try (Connect connect = new Connect(faulty.library(), "fake:///");
        Domain domain = connect.domainLookupByName(DOMAIN)) {
      handle[0] = domain;
      SnapshotMaker maker = settings.apply(SnapshotMaker.of(domain).named("clean"));
      faulty.arm();
      failure = Tried.failure(() -> maker.take().close());
    }
    String where = fault + " in call " + call + ", " + faulty.faultyFunction() + ": " + failure;
    references.assertBalanced();
    check(failure, fake, where);
    return !faulty.faultyFunction().equals("none");
  }

  private static void check(Optional<Throwable> failure, FakeDomain fake, String where) {
    boolean exists = fake.snapshotNames().contains("clean");
    boolean isRestored = fake.state() == DomainState.RUNNING;
    if (failure.isEmpty()) {
      assertTrue(exists, where);
      assertTrue(isRestored, where);
    } else if (failure.get() instanceof SnapshotException e) {
      assertTrue(!fake.exists() || e.exists().map(said -> said == exists).orElse(true), where);
      assertEquals(e.exists().isEmpty(), e.getMessage().contains("may have been taken"), where);
      assertTrue(isRestored || !e.notRestored().isEmpty(), where);
      assertFalse(e.getMessage().contains("\n"), where);
    } else {
      assertFalse(exists, where);
      assertTrue(isRestored || !fake.exists(), where);
    }
  }

  @ParameterizedTest
  @EnumSource
  void planChangesNothing(Fault fault) throws Exception {
    FakeLibvirt libvirt = new FakeLibvirt();
    FakeDomain fake = libvirt.addDomain(DOMAIN, DomainState.RUNNING);
    for (int call = 1; call < MAX_CALLS; call++) {
      Domain[] handle = new Domain[1];
      FaultyLibvirt faulty =
          new FaultyLibvirt(libvirt.library(), fault, call, () -> handle[0].close(), () -> {});
      try (Connect connect = new Connect(faulty.library(), "fake:///");
          Domain domain = connect.domainLookupByName(DOMAIN)) {
        handle[0] = domain;
        faulty.arm();
        var unused = Tried.of(() -> SnapshotMaker.of(domain).named("clean").withMemory().plan());
      }
      assertEquals(List.of(), fake.snapshotNames());
      assertEquals(DomainState.RUNNING, fake.state());
      if (faulty.faultyFunction().equals("none")) {
        return;
      }
    }
  }
}
