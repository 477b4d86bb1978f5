package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;

/** Uses the library in a class loader of its own, for {@link ClassLoaderProbe}. */
public final class RevertInClassLoader implements Runnable {
  /** For the class loader. */
  public RevertInClassLoader() {}

  /** Reverts, and lets libvirt report errors. */
  @Override
  public void run() {
    try (Connect connect = new Connect(System.getProperty("libvirt.uri"));
        Domain domain = connect.domainLookupByName("test")) {
      Guests.take(domain, "s" + System.nanoTime());
      SnapshotReverter.of(domain).toCurrent().guarded().enforcingState().revert();
      try {
        connect.domainLookupByName("nobody").close();
        throw new AssertionError("there is nobody");
      } catch (NoSuchDomainException e) {
        // As it should be.
      }
      try {
        SnapshotReverter.of(domain).to("gone").revert();
        throw new AssertionError("it is gone");
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
