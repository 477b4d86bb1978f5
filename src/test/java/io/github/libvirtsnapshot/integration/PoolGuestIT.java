package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.pool.DomainPool;
import io.github.libvirtsnapshot.pool.PooledDomain;
import io.github.libvirtsnapshot.pool.Standby;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pool with a real guest. */
@Tag("qemu")
@Timeout(300)
class PoolGuestIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path locks;

  @Test
  void pausedGuestCostsNoProcessorTimeAndHasTheTimeWhenItIsHandedOut() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started();
        Connect connect = new Connect(libvirtd.qemu());
        Domain domain =
            connect.domainDefineXML(
                Guests.linuxXml(
                    "pooled", libvirtd.disk("pooled"), TestLinux.copyTo(libvirtd), ""))) {
      domain.create();
      assertTrue(GuestAgent.of(domain).await(PATIENCE).responded());
      Guests.take(domain, "clean");
      try (DomainPool pool =
          DomainPool.with(
                  guest ->
                      SnapshotReverter.of(guest)
                          .to("clean")
                          .running()
                          .awaitingGuest(PATIENCE)
                          .settingClock())
              .on(libvirtd.qemu(), "pooled")
              .standby(Standby.PAUSED)
              .lockFolder(locks)
              .open()) {
        while (pool.status().ready() == 0) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
        assertEquals(DomainState.PAUSED, domain.getState().state());
        long processorTime = domain.getInfo().cpuTime;
        TimeUnit.SECONDS.sleep(3);
        assertTrue(domain.getInfo().cpuTime - processorTime < TimeUnit.MILLISECONDS.toNanos(300));
        try (PooledDomain machine = pool.acquire(PATIENCE)) {
          assertEquals(DomainState.RUNNING, domain.getState().state());
          ClockSetting clock = machine.clock().orElseThrow();
          assertTrue(clock.behindBefore().toMillis() > 2_000, clock.toString());
          assertTrue(clock.behindAfter().abs().toMillis() < 500, clock.toString());
        }
      }
    }
  }
}
