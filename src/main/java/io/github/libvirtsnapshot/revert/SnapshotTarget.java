package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtError;
import io.github.libvirtsnapshot.LibvirtException;
import java.util.Optional;

/** Which snapshot to revert to; found anew for each run, unless it is a handle of the caller's. */
sealed interface SnapshotTarget {
  /** The name, as far as it is known before the snapshot is looked up. */
  Optional<String> name();

  /** Finds the snapshot; {@link #release} it afterwards. */
  DomainSnapshot acquire(Domain domain) throws LibvirtException;

  void release(DomainSnapshot snapshot);

  /** Returns the same with handles of its own, which {@link #close} closes. */
  default SnapshotTarget duplicate() throws LibvirtException {
    return this;
  }

  /** Closes what {@link #duplicate} made. */
  default void close() {}

  record Named(String snapshotName) implements SnapshotTarget {
    @Override
    public Optional<String> name() {
      return Optional.of(snapshotName);
    }

    @Override
    public DomainSnapshot acquire(Domain domain) throws LibvirtException {
      return domain.snapshotLookupByName(snapshotName);
    }

    @Override
    public void release(DomainSnapshot snapshot) {
      snapshot.close();
    }
  }

  record Current() implements SnapshotTarget {
    @Override
    public Optional<String> name() {
      return Optional.empty();
    }

    @Override
    public DomainSnapshot acquire(Domain domain) throws LibvirtException {
      return domain
          .snapshotCurrent()
          .orElseThrow(
              () ->
                  new LibvirtException(
                      LibvirtError.none(
                          domain + " has no current snapshot; name one with to(name)")));
    }

    @Override
    public void release(DomainSnapshot snapshot) {
      snapshot.close();
    }
  }

  /** A handle that the caller owns, and closes. */
  record Given(DomainSnapshot snapshot) implements SnapshotTarget {
    @Override
    public Optional<String> name() {
      return Optional.of(snapshot.getName());
    }

    @Override
    public DomainSnapshot acquire(Domain domain) {
      return snapshot;
    }

    @Override
    public void release(DomainSnapshot borrowed) {}

    @Override
    public SnapshotTarget duplicate() throws LibvirtException {
      return new Given(snapshot.duplicate());
    }

    @Override
    public void close() {
      snapshot.close();
    }
  }
}
