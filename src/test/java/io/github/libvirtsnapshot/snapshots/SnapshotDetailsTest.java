package io.github.libvirtsnapshot.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.libvirtsnapshot.DomainState;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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
}
