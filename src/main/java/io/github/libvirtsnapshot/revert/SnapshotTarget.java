package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.Optional;

/**
 * The snapshot to revert to, which each run looks up again.
 *
 * @param name the name, empty for the current snapshot
 */
record SnapshotTarget(Optional<String> name) {
  static final SnapshotTarget CURRENT = new SnapshotTarget(Optional.empty());

  static SnapshotTarget named(String name) {
    return new SnapshotTarget(Optional.of(name));
  }

  /**
   * Returns the name of the snapshot.
   *
   * @param before the domain before the revert
   * @throws LibvirtException if the domain has no current snapshot
   */
  String name(Domain domain, DomainStatus before) throws LibvirtException {
    return name.or(before::currentSnapshot).orElseThrow(() -> noCurrent(domain));
  }

  /** Returns {@code snapshot "a"}, or {@code current snapshot}. */
  @Override
  public String toString() {
    return name.map(known -> "snapshot " + LogEscaper.quote(known)).orElse("current snapshot");
  }

  private static LibvirtException noCurrent(Domain domain) {
    return new LibvirtException(
        LibvirtError.none(
            "domain \""
                + domain.getName()
                + "\" has no current snapshot; name a snapshot: to(name), or: revert-domain URI DOMAIN"
                + " SNAPSHOT"));
  }
}
