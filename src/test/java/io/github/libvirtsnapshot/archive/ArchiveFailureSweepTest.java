package io.github.libvirtsnapshot.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Makes another native call fail each time, in each way in which a call can fail. An exception has
 * to say what is in the domain, and another restore has to add the rest.
 */
class ArchiveFailureSweepTest {
  /** More native calls than a restore makes. */
  private static final int MAX_CALLS = 300;

  /** What a test does with a domain. */
  private interface Use {
    void accept(Domain domain) throws Exception;
  }

  /** A host with one domain, and a fault in one of the calls to its libvirt. */
  private static final class FaultyHost {
    final FakeLibvirt libvirt = new FakeLibvirt();
    final FakeDomain fake = libvirt.addDomain(SampleArchive.DOMAIN, DomainState.RUNNING);
    private final CountingLibvirt references = CountingLibvirt.of(libvirt.library());
    private final Domain[] handle = new Domain[1];
    private final FaultyLibvirt faulty;

    FaultyHost(Fault fault, int call) {
      faulty =
          new FaultyLibvirt(
              references.library(), fault, call, () -> handle[0].close(), fake::remove);
    }

    Optional<Throwable> run(Use use) throws LibvirtException {
      Optional<Throwable> failure;
      try (Connect connect = new Connect(faulty.library(), "fake:///");
          Domain domain = connect.domainLookupByName(SampleArchive.DOMAIN)) {
        handle[0] = domain;
        faulty.arm();
        failure = Tried.failure(() -> use.accept(domain));
      }
      references.assertBalanced();
      return failure;
    }

    /** Returns whether the run made the call with the fault. */
    boolean hadFault() {
      return !faulty.faultyFunction().equals("none");
    }
  }

  @ParameterizedTest
  @EnumSource
  void exceptionSaysWhichSnapshotsAreInTheDomain(Fault fault) throws Exception {
    SnapshotArchive archive = SampleArchive.read();
    int call = 1;
    while (failCall(archive, fault, call)) {
      call++;
      assertTrue(call < MAX_CALLS, "a restore made too many native calls");
    }
    assertTrue(call > 10, "only " + call + " native calls were made");
  }

  /** Makes one call of a restore fail, and returns whether the restore made this call. */
  private static boolean failCall(SnapshotArchive archive, Fault fault, int call) throws Exception {
    FaultyHost host = new FaultyHost(fault, call);
    Optional<Throwable> failure = host.run(archive::restoreTo);
    String where =
        fault + " in call " + call + ", " + host.faulty.faultyFunction() + ": " + failure;
    Set<String> present = Set.copyOf(host.fake.snapshotNames());
    if (failure.isEmpty()) {
      assertEquals(Set.copyOf(archive.names()), present, where);
    } else if (failure.get() instanceof ArchiveException e) {
      check(e, present, where);
    } else {
      assertEquals(Set.of(), present, where);
    }
    if (host.fake.exists()) {
      assertContinues(archive, host.libvirt, where);
    }
    return host.hadFault();
  }

  private static void check(ArchiveException e, Set<String> present, String where) {
    assertTrue(present.containsAll(e.added()), where);
    assertEquals(Set.of(), Sets.intersection(present, Set.copyOf(e.notAdded())), where);
    int unknown = e.plan().toAdd().size() - e.added().size() - e.notAdded().size();
    assertEquals(
        e.getMessage().contains("whether it was added is unknown") ? 1 : 0, unknown, where);
    assertFalse(e.getMessage().contains("\n"), where);
  }

  private static void assertContinues(SnapshotArchive archive, FakeLibvirt libvirt, String where)
      throws LibvirtException {
    try (Connect connect = libvirt.connect();
        Domain domain = connect.domainLookupByName(SampleArchive.DOMAIN)) {
      ArchivePlan unused = archive.restoreTo(domain);
      assertEquals(archive, SnapshotArchive.of(domain), where);
    }
  }

  @ParameterizedTest
  @EnumSource
  void archiveIsCompleteOrNotReturned(Fault fault) throws Exception {
    SnapshotArchive whole = SampleArchive.read();
    int call = 1;
    while (failReading(whole, fault, call)) {
      call++;
      assertTrue(call < MAX_CALLS, "an archive made too many native calls");
    }
    assertTrue(call > 10, "only " + call + " native calls were made");
  }

  private static boolean failReading(SnapshotArchive whole, Fault fault, int call)
      throws Exception {
    FaultyHost host = new FaultyHost(fault, call);
    try (Connect connect = host.libvirt.connect();
        Domain domain = connect.domainLookupByName(SampleArchive.DOMAIN)) {
      ArchivePlan unused = whole.restoreTo(domain);
    }
    SnapshotArchive[] read = new SnapshotArchive[1];
    Optional<Throwable> failure = host.run(domain -> read[0] = SnapshotArchive.of(domain));
    if (failure.isEmpty()) {
      assertEquals(List.of(whole), List.of(read), fault + " in call " + call);
    }
    return host.hadFault();
  }
}
