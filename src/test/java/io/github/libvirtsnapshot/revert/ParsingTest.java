package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.startsWith;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.MockedStatic;

/** A run reads the XML of the snapshot once, or not at all. */
class ParsingTest extends MockedRevert {
  static Stream<Arguments> runs() {
    return Stream.of(
        run("QEMU", "plain", 1, 0, reverter -> reverter),
        run("QEMU", "running", 1, 0, SnapshotReverter::running),
        run("QEMU", "guarded", 1, 0, SnapshotReverter::guarded),
        run("QEMU", "with a safety snapshot", 1, 0, SnapshotReverter::withSafetySnapshot),
        run("QEMU", "enforcing the state", 1, 0, SnapshotReverter::enforcingState),
        run("TEST", "plain", 0, 1, reverter -> reverter),
        run("TEST", "running", 0, 0, SnapshotReverter::running),
        run("TEST", "guarded", 1, 0, SnapshotReverter::guarded));
  }

  private static Arguments run(
      String driver, String what, int whole, int heads, UnaryOperator<SnapshotReverter> settings) {
    return arguments(driver, what, whole, heads, settings);
  }

  @ParameterizedTest(name = "{0}, {1}: {2} and {3}")
  @MethodSource("runs")
  void theXmlOfTheSnapshotIsReadOnce(
      String driver, String what, int whole, int heads, UnaryOperator<SnapshotReverter> settings)
      throws RevertException {
    when(libvirt.library.virConnectGetType(any())).thenReturn(driver);
    try (MockedStatic<XmlNode> reading = mockStatic(XmlNode.class, CALLS_REAL_METHODS)) {
      RevertReport unused = settings.apply(reverter).revert();

      reading.verify(() -> XmlNode.parse(startsWith("<domainsnapshot>")), times(whole));
      reading.verify(
          () -> XmlNode.parseUpTo(startsWith("<domainsnapshot>"), anyString()), times(heads));
    }
  }
}
