package io.github.libvirtsnapshot.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.DomainState;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotDetailsTest {
  private static Optional<DomainState> read(String inner) {
    return SnapshotDetails.stateAfterRevert("<domainsnapshot>" + inner + "</domainsnapshot>");
  }

  @Test
  void onlyTheSnapshotsOwnStateCounts() {
    assertEquals(
        Optional.of(DomainState.PAUSED),
        read(
            "<name>&lt;state&gt;running</name><description>x</description>"
                + "<parent><state>running</state></parent><state>paused</state>"
                + "<state>shutoff</state>"));
  }

  @Test
  void aStateThatNobodyKnowsIsNotExpected() {
    assertEquals(Optional.empty(), read("<state>levitating</state>"));
  }

  @Test
  void whatIsNoSnapshotIsRefused() {
    assertThrows(IllegalStateException.class, () -> read("<name>x</name>"));
    assertThrows(
        IllegalStateException.class, () -> SnapshotDetails.stateAfterRevert("<domainsnapshot"));
    assertThrows(IllegalStateException.class, () -> SnapshotDetails.stateAfterRevert(""));
  }

  @Test
  void entitiesOfADtdAreNotResolved() {
    assertThrows(
        IllegalStateException.class,
        () ->
            SnapshotDetails.stateAfterRevert(
                "<!DOCTYPE d [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>"
                    + "<domainsnapshot><state>&e;</state></domainsnapshot>"));
  }

  @ParameterizedTest
  @CsvSource({
    "1700000000, 2023-11-14T22:13:20Z",
    "0, 1970-01-01T00:00:00Z",
    "-1, 1969-12-31T23:59:59Z",
    "9223372036854775807, +1000000000-12-31T23:59:59Z",
    "-9223372036854775808, -1000000000-01-01T00:00:00Z",
  })
  void aTimeIsAnInstantAsFarAsItCanBe(String creationTime, String instant) {
    SnapshotDetails details =
        SnapshotDetails.parse(
            "<domainsnapshot><state>running</state><creationTime>"
                + creationTime
                + "</creationTime></domainsnapshot>");
    assertEquals(Optional.of(Long.parseLong(creationTime)), details.creationTime());
    assertEquals(Optional.of(Instant.parse(instant)), details.taken());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "9223372036854775808"})
  void whatIsNoTimeIsNone(String creationTime) {
    SnapshotDetails details =
        SnapshotDetails.parse(
            "<domainsnapshot><state>running</state><creationTime>"
                + creationTime
                + "</creationTime></domainsnapshot>");
    assertEquals(Optional.empty(), details.taken());
  }

  @ParameterizedTest
  @CsvSource({
    "running, '', true, false",
    "paused, '', true, false",
    "shutoff, '', false, false",
    "running, <memory snapshot='no'/>, false, false",
    "running, <memory snapshot='internal'/>, true, false",
    "running, <memory snapshot='external'/>, true, true",
    "disk-snapshot, <disks><disk snapshot='internal'/></disks>, false, false",
    "shutoff, <disks><disk/><disk snapshot='external'/></disks>, false, true",
  })
  void memoryAndFilesAreReadFromTheXml(
      String state, String inner, boolean memory, boolean external) {
    SnapshotDetails details =
        SnapshotDetails.parse(
            "<domainsnapshot><name>a</name><state>"
                + state
                + "</state>"
                + inner
                + "</domainsnapshot>");
    assertEquals(
        new SnapshotDetails("a", state, Optional.empty(), memory, external, false), details);
    assertEquals(
        SnapshotDetails.stateAfterRevert("<d><state>" + state + "</state></d>"),
        details.stateAfterRevert());
  }

  @Test
  void theDomainIsDescribedOrNot() {
    assertTrue(SnapshotDetails.parse("<d><state>running</state><domain/></d>").describesDomain());
    assertThrows(IllegalStateException.class, () -> SnapshotDetails.parse("<d><name>x</name></d>"));
  }

  @Test
  void itReadsWell() {
    assertEquals(
        "snapshot \"a\" (running, taken 1970-01-01T00:00:00Z, with memory, external)",
        new SnapshotDetails("a", "running", Optional.of(0L), true, true, true).toString());
    assertEquals(
        "snapshot \"a\" (shutoff)",
        new SnapshotDetails("a", "shutoff", Optional.empty(), false, false, true).toString());
  }
}
