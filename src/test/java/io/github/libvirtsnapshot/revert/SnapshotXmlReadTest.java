package io.github.libvirtsnapshot.revert;

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

import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.MockedStatic;

/** A run reads the XML of each snapshot at most once; of its safety snapshot before 10.10 only. */
class SnapshotXmlReadTest extends MockedRevert {
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
}
