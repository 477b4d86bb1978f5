package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.creation.SnapshotException;
import io.github.libvirtsnapshot.creation.SnapshotMaker;
import io.github.libvirtsnapshot.creation.TakenSnapshot;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Snapshots of the domain of the test driver. */
class SnapshotOnTestDriverIT extends OnTestDriver {
  private SnapshotMaker maker() {
    return SnapshotMaker.of(domain).named("clean <&> '\"\r\n");
  }

  @Test
  void snapshotIsTakenPausedAndShutOff_andDomainIsRestored() throws Exception {
    try (TakenSnapshot taken = maker().withMemory().pausingFirst().take()) {
      assertEquals(List.of(), taken.plan().refusals());
      assertEquals(Optional.of(SnapshotState.PAUSED), taken.details().state());
      assertEquals(DomainState.RUNNING, domain.getState().state());
      assertThrows(SnapshotException.class, () -> maker().withMemory().take());
      taken.snapshot().delete();
    }
    try (TakenSnapshot taken = maker().shuttingOffFirst(Duration.ofSeconds(1)).take()) {
      assertEquals(Optional.of(SnapshotState.SHUTOFF), taken.details().state());
      assertEquals(DomainState.RUNNING, domain.getState().state());
      taken.snapshot().delete();
    }
  }

  @Test
  void activeDomainNeedsMemory() throws Exception {
    SnapshotPlan plan = maker().plan();
    assertTrue(plan.refusals().get(0).contains("withMemory()"), plan::toString);
  }

  @Test
  void readOnlyConnectionIsRefused() throws Exception {
    try (Connect readOnly = new Connect("test:///default", true);
        Domain same = readOnly.domainLookupByName("test")) {
      SnapshotPlan plan = SnapshotMaker.of(same).named("clean").withMemory().plan();
      assertTrue(plan.refusals().get(0).contains("is read-only"), plan::toString);
    }
  }
}
