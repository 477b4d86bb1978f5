package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Selecting the snapshot on libvirt's test driver. */
class SnapshotSelectionIT extends OnTestDriver {
  private SnapshotReverter reverter;

  /** Each snapshot is the parent of the next one, and all can be of the same second. */
  @BeforeEach
  void takeSnapshots() throws LibvirtException {
    Guests.takeSnapshots(domain);
    reverter = SnapshotReverter.of(domain);
  }

  @AfterEach
  void deleteSnapshots() throws LibvirtException {
    for (String name : domain.snapshotListNames()) {
      try (var snapshot = domain.snapshotLookupByName(name)) {
        snapshot.delete();
      }
    }
    Guests.bringTo(domain, DomainState.RUNNING);
  }

  /** Creates the metadata of a snapshot again, with another creation time. */
  private void redate(String name, long creationTime) throws LibvirtException {
    try (var snapshot = domain.snapshotLookupByName(name)) {
      String xml =
          snapshot
              .getXMLDesc()
              .replaceFirst(
                  "<creationTime>[0-9]+</creationTime>",
                  "<creationTime>" + creationTime + "</creationTime>");
      domain.snapshotCreateXML(xml, SnapshotCreateFlag.REDEFINE).close();
    }
  }

  @Test
  void newestIsSelectedByTimeAndThenByDescent() throws LibvirtException {
    assertEquals("shutoff", reverter.toNewest().revert().snapshot());
    redate("paused", 4_000_000_000L);
    assertEquals("paused", reverter.toNewest().guarded().revert().snapshot());
    assertEquals(DomainState.PAUSED, domain.getState().state());
  }

  @Test
  void newestSnapshotThatMeetsAConditionIsSelected() throws LibvirtException {
    assertEquals("paused", reverter.to(details -> details.hasMemory()).revert().snapshot());
  }

  /** The test driver of libvirt 7.0 leaves a paused guest paused. */
  @Test
  void parentOfTheCurrentSnapshotIsSelected() throws LibvirtException {
    assertEquals(Optional.of("paused"), reverter.toParent().plan().request().snapshot());
    assertEquals("paused", reverter.toParent().revert().snapshot());
    assertEquals("running", reverter.toParent().enforcingState().revert().snapshot());

    RevertException root = assertThrows(RevertException.class, () -> reverter.toParent().revert());
    assertEquals(RevertOutcome.NOT_STARTED, root.outcome());
    assertTrue(
        root.getMessage()
            .contains("the current snapshot \"running\" of domain \"test\" has no parent"),
        root.getMessage());
  }

  @Test
  void snapshotWithoutMemoryIsRefused() throws LibvirtException {
    assertEquals("running", reverter.to("running").requireMemory().revert().snapshot());

    RevertException refused =
        assertThrows(
            RevertException.class, () -> reverter.toNewest().requireMemory().guarded().revert());

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(refused.getMessage().contains("the memory of the guest"), refused.getMessage());
    assertEquals(DomainState.RUNNING, domain.getState().state());
  }
}
