package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.Optional;

/**
 * Which snapshot to revert to; it is found anew for each run.
 *
 * @param name empty for the current one
 */
record SnapshotTarget(Optional<String> name) {
  static final SnapshotTarget CURRENT = new SnapshotTarget(Optional.empty());

  static SnapshotTarget named(String name) {
    return new SnapshotTarget(Optional.of(name));
  }

  /**
   * Returns its name.
   *
   * @param before what the domain is
   * @throws LibvirtException if it has no current snapshot
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
            "domain \"" + domain.getName() + "\" has no current snapshot; name one with to(name)"));
  }
}
