package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.pool.DomainPool;
import io.github.libvirtsnapshot.pool.NoDomainAvailableException;
import io.github.libvirtsnapshot.pool.PoolSettings;
import io.github.libvirtsnapshot.pool.PooledDomain;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** The pools of a JUnit run, one for all equal declarations, opened on first use. */
final class TestPools implements AutoCloseable {
  private final Map<Key, DomainPool> pools = new HashMap<>();
  private final Path lockFolder;

  private record Key(CandidateDomains domains, Function<Domain, SnapshotReverter> reverter) {}

  TestPools(Path lockFolder) {
    this.lockFolder = lockFolder;
  }

  /** Waits for one of the domains, which the caller gives back by closing it. */
  PooledDomain acquire(TestDomain declared)
      throws NoDomainAvailableException, InterruptedException {
    return pool(declared).acquire(declared.longestWait());
  }

  private synchronized DomainPool pool(TestDomain declared) {
    return pools.computeIfAbsent(new Key(declared.domains(), declared.reverter()), this::open);
  }

  private DomainPool open(Key key) {
    PoolSettings settings = DomainPool.with(key.reverter()).lockFolder(lockFolder);
    for (String uri : key.domains().names().keySet()) {
      settings = settings.on(uri, key.domains().names().get(uri).toArray(String[]::new));
    }
    return settings.open();
  }

  /** Waits until the domains that the last tests used are reverted. */
  @Override
  public synchronized void close() {
    pools.values().forEach(DomainPool::close);
  }
}
