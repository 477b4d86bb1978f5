package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.libvirtsnapshot.DomainState;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SnapshotXmlTest {
  private static Optional<DomainState> read(String inner) {
    return SnapshotXml.stateToRevertTo("<domainsnapshot>" + inner + "</domainsnapshot>");
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
    assertThrows(IllegalStateException.class, () -> SnapshotXml.stateToRevertTo("<domainsnapshot"));
    assertThrows(IllegalStateException.class, () -> SnapshotXml.stateToRevertTo(""));
  }

  @Test
  void entitiesOfADtdAreNotResolved() {
    assertThrows(
        IllegalStateException.class,
        () ->
            SnapshotXml.stateToRevertTo(
                "<!DOCTYPE d [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>"
                    + "<domainsnapshot><state>&e;</state></domainsnapshot>"));
  }
}
