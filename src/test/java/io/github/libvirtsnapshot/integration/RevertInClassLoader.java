package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;

/** Reverts a domain in a class loader of its own, for {@link ClassLoaderProbe}. */
public final class RevertInClassLoader implements Runnable {
  /** Called by reflection. */
  public RevertInClassLoader() {}

  /** Reverts, and makes libvirt report two errors. */
  @Override
  public void run() {
    try (Connect connect = new Connect(System.getProperty("libvirt.uri"));
        Domain domain = connect.domainLookupByName("test")) {
      Guests.take(domain, "s" + System.nanoTime());
      SnapshotReverter.of(domain).toCurrent().guarded().enforcingState().revert();
      try {
        connect.domainLookupByName("missing-domain").close();
        throw new AssertionError("found a domain that does not exist");
      } catch (NoSuchDomainException e) {
        // Expected.
      }
      try {
        SnapshotReverter.of(domain).to("missing-snapshot").revert();
        throw new AssertionError("reverted to a snapshot that does not exist");
      } catch (RevertException e) {
        if (e.outcome() != RevertOutcome.NOT_STARTED) {
          throw new AssertionError(e);
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
