package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import java.nio.file.Path;
import java.util.List;

/** A kind of snapshot: the state in which it was taken, and where its data is stored. */
enum SnapshotKind {
  RUNNING(DomainState.RUNNING, Storage.INTERNAL, false),
  PAUSED(DomainState.PAUSED, Storage.INTERNAL, false),
  SHUTOFF(DomainState.SHUTOFF, Storage.INTERNAL, false),
  RUNNING_THEN_REDEFINED(DomainState.RUNNING, Storage.INTERNAL, true),
  PAUSED_THEN_REDEFINED(DomainState.PAUSED, Storage.INTERNAL, true),
  SHUTOFF_THEN_REDEFINED(DomainState.SHUTOFF, Storage.INTERNAL, true),
  EXTERNAL_RUNNING(DomainState.RUNNING, Storage.EXTERNAL, false),
  EXTERNAL_PAUSED(DomainState.PAUSED, Storage.EXTERNAL, false),
  DISK_ONLY_RUNNING(DomainState.RUNNING, Storage.DISK_ONLY, false),
  DISK_ONLY_SHUTOFF(DomainState.SHUTOFF, Storage.DISK_ONLY, false);

  private enum Storage {
    INTERNAL,
    EXTERNAL,
    DISK_ONLY
  }

  private static final String NAME = "<name>snapshot</name>";

  private final DomainState taken;
  private final Storage storage;
  private final boolean thenRedefined;

  SnapshotKind(DomainState taken, Storage storage, boolean thenRedefined) {
    this.taken = taken;
    this.storage = storage;
    this.thenRedefined = thenRedefined;
  }

  static List<SnapshotKind> internal() {
    return List.of(values()).subList(0, 6);
  }

  boolean isExternal() {
    return storage != Storage.INTERNAL;
  }

  /** Returns whether the domain is redefined after the snapshot. */
  boolean isThenRedefined() {
    return thenRedefined;
  }

  /** Takes a snapshot of this kind with the name {@code snapshot}. */
  void take(Domain domain, Path directory) throws LibvirtException {
    Guests.bringTo(domain, taken);
    String memory =
        "<memory snapshot='external' file='" + directory.resolve(domain.getName()) + ".mem'/>";
    switch (storage) {
      case INTERNAL -> create(domain, "");
      case EXTERNAL -> create(domain, memory);
      case DISK_ONLY -> create(domain, "", SnapshotCreateFlag.DISK_ONLY);
    }
  }

  private static void create(Domain domain, String elements, SnapshotCreateFlag... flags)
      throws LibvirtException {
    domain
        .snapshotCreateXML("<domainsnapshot>" + NAME + elements + "</domainsnapshot>", flags)
        .close();
  }
}
