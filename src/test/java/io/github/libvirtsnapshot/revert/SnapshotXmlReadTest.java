package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.startsWith;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.collect.Multiset;
import com.google.common.collect.TreeMultiset;
import com.google.common.reflect.Reflection;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.MockedStatic;

/**
 * A run fetches the XML of each snapshot at most once, and parses it whole at most once. The part
 * before the domain is parsed a second time, for the details. The safety snapshot is read again
 * after libvirt has changed the domain, and after it was created before 10.10 only.
 */
class SnapshotXmlReadTest extends MockedRevert {
  /** A domain with two snapshots whose XML the plan of a revert reads. */
  private final FakeLibvirt fake = new FakeLibvirt();

  private final FakeDomain web01 =
      fake.addDomain("web01", DomainState.RUNNING)
          .addSnapshot("clean", DomainState.RUNNING)
          .addSnapshot("later", DomainState.RUNNING);

  /** The snapshots of {@link #fake}, as often as their XML was fetched. */
  private final Multiset<String> fetched = TreeMultiset.create();

  static Stream<Arguments> runs() {
    return Stream.of(
        run("QEMU", "plain", 1, 1, reverter -> reverter),
        run("QEMU", "running", 1, 1, SnapshotReverter::running),
        run("QEMU", "guarded", 1, 1, SnapshotReverter::guarded),
        run("QEMU", "with a safety snapshot", 2, 2, SnapshotReverter::withSafetySnapshot),
        run("QEMU", "enforcing the state", 1, 1, SnapshotReverter::enforcingState),
        run("TEST", "plain", 0, 1, reverter -> reverter),
        run("TEST", "running", 0, 0, SnapshotReverter::running),
        run("TEST", "guarded", 1, 1, SnapshotReverter::guarded));
  }

  private static Arguments run(
      String driver,
      String options,
      int fullParses,
      int partialParses,
      UnaryOperator<SnapshotReverter> settings) {
    return arguments(driver, options, fullParses, partialParses, settings);
  }

  @ParameterizedTest(name = "{0}, {1}: {2} full and {3} partial")
  @MethodSource("runs")
  void snapshotXmlIsParsedAtMostOnce(
      String driver,
      String options,
      int fullParses,
      int partialParses,
      UnaryOperator<SnapshotReverter> settings)
      throws RevertException {
    when(libvirt.library.virConnectGetType(any())).thenReturn(driver);
    try (MockedStatic<XmlNode> xmlNode = mockStatic(XmlNode.class, CALLS_REAL_METHODS)) {
      RevertReport unused = settings.apply(reverter).revert();

      xmlNode.verify(() -> XmlNode.parse(startsWith("<domainsnapshot>")), times(fullParses));
      xmlNode.verify(
          () -> XmlNode.parseUpTo(startsWith("<domainsnapshot>"), anyString()),
          times(partialParses));
    }
  }

  @Test
  void snapshotXmlIsFetchedOncePerRunAndOnlyIfNeeded() throws Exception {
    when(libvirt.library.virConnectGetType(any())).thenReturn("TEST");
    var unused = reverter.running().revert();
    verify(libvirt.library, never()).virDomainSnapshotGetXMLDesc(any(), anyInt());
    unused = reverter.revert();
    verify(libvirt.library, times(1)).virDomainSnapshotGetXMLDesc(any(), anyInt());
    unused = reverter.withSafetySnapshot().revert();
    verify(libvirt.library, times(2)).virDomainSnapshotGetXMLDesc(any(), anyInt());
    RevertPlan plan = reverter.running().plan();
    verify(libvirt.library, times(3)).virDomainSnapshotGetXMLDesc(any(), anyInt());
    assertTrue(plan.matchesTarget());
  }

  private interface Run {
    void with(SnapshotReverter reverter) throws Exception;
  }

  /** Counts what is fetched, and checks that each fetched XML is parsed whole once. */
  private void countReads(Run run) throws Exception {
    LibvirtLibrary library = fake.library();
    LibvirtLibrary counting =
        Reflection.newProxy(
            LibvirtLibrary.class,
            (proxy, function, arguments) -> {
              if (function.getName().equals("virDomainSnapshotGetXMLDesc")) {
                fetched.add(
                    role(library.virDomainSnapshotGetName((DomainSnapshotPointer) arguments[0])));
              }
              return function.invoke(library, arguments);
            });
    try (MockedStatic<XmlNode> xmlNode = mockStatic(XmlNode.class, CALLS_REAL_METHODS);
        Connect connect = new Connect(counting, "fake:///");
        Domain twoSnapshots = connect.domainLookupByName("web01")) {
      run.with(SnapshotReverter.of(twoSnapshots).to("clean"));

      // The library writes no line break there when it creates a snapshot.
      xmlNode.verify(() -> XmlNode.parse(startsWith("<domainsnapshot>\n")), times(fetched.size()));
    }
  }

  private static String role(String name) {
    return name.startsWith("before-revert-") ? "safety" : name;
  }

  @Test
  void planReadsEachOfTwoSnapshotsOnce() throws Exception {
    countReads(reverting -> reverting.guarded().revert());

    assertEquals("[clean, later]", fetched.toString());
  }

  @Test
  void selectionReadsEachOfTwoSnapshotsOnce() throws Exception {
    for (UnaryOperator<SnapshotReverter> settings :
        List.<UnaryOperator<SnapshotReverter>>of(
            SnapshotReverter::toNewest,
            reverting -> reverting.toNewest().running().requireMemory(),
            reverting -> reverting.to(details -> details.name().equals("clean")).guarded())) {
      fetched.clear();

      countReads(reverting -> settings.apply(reverting).revert());

      assertEquals("[clean, later]", fetched.toString());
    }
  }

  @Test
  void repeatedAttemptsReadNoSnapshotAgain() throws Exception {
    web01.refuseReverts("clean", ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "busy");

    countReads(
        reverting -> {
          RevertException failed = failure(reverting.guarded().retrying(3, Duration.ofMillis(1)));
          assertEquals(3, failed.details().attempts().size());
        });

    assertEquals("[clean, later]", fetched.toString());
  }

  @Test
  void safetySnapshotIsReadOnceAfterItWasCreated() throws Exception {
    countReads(reverting -> reverting.withSafetySnapshot().revert());

    assertEquals("[clean, later, safety]", fetched.toString());
  }

  @Test
  void rollbackReadsSafetySnapshotOnceMoreToDeleteIt() throws Exception {
    web01.failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");

    countReads(
        reverting ->
            assertEquals(
                RevertOutcome.ROLLED_BACK, failure(reverting.withSafetySnapshot()).outcome()));

    assertEquals("[clean, later, safety x 2]", fetched.toString());
  }

  @Test
  void undoReadsEachSnapshotOnce() throws Exception {
    RevertReport[] report = new RevertReport[1];
    countReads(reverting -> report[0] = reverting.withSafetySnapshot().revert());
    fetched.clear();

    countReads(reverting -> reverting.undo(report[0]));

    assertEquals("[clean, later, safety]", fetched.toString());
  }
}
