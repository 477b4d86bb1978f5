package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.scheduling.DaemonThreads;
import io.github.libvirtsnapshot.scheduling.FairScheduler.HostQueue;
import io.github.libvirtsnapshot.scheduling.HostSession;
import java.time.Duration;

/** Creates a pooled domain for tests of its text. */
public final class SamplePooledDomain {
  private SamplePooledDomain() {}

  /** Returns a domain of a host that is never connected to. */
  public static PooledDomain of(String uri, String name) {
    HostSession session =
        new HostSession(
            () -> {
              throw new AssertionError("the host is not to be used");
            },
            new DaemonThreads("sample"),
            Duration.ofSeconds(1));
    PoolHost host =
        new PoolHost(
            uri,
            session,
            HostInventory.create(Duration.ofSeconds(1), System::nanoTime),
            new HostQueue(1));
    return new PooledDomain(new PoolMember(host, name), null, () -> {});
  }
}
