package io.github.libvirtsnapshot.creation;

import static java.util.stream.Collectors.joining;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.plan.facts.SnapshotFiles;
import java.util.Map;
import java.util.Optional;

/**
 * What exists of a snapshot after the call that takes the snapshot failed. libvirt may then have
 * removed only the metadata: libvirt neither switches disks back to their images nor deletes data
 * from images.
 *
 * @param exists whether libvirt has a snapshot of this name; empty if unknown
 * @param words the same in words, with what to do, on one line
 */
record SnapshotRemains(Optional<Boolean> exists, String words) {
  static SnapshotRemains of(Domain domain, SnapshotPlan plan) {
    String name = plan.snapshot().name();
    Tried<Boolean> found =
        Tried.of(
            () -> {
              domain.snapshotLookupByName(name).close();
              return true;
            });
    if (found.value().isPresent()) {
      return new SnapshotRemains(
          found.value(),
          "a snapshot of this name exists; another program may have taken it; to look at it"
              + " before you use or delete it: "
              + virsh("snapshot-dumpxml", domain)
              + " "
              + ShellText.word(name, "SNAPSHOT"));
    }
    if (found.failure().filter(NoSuchSnapshotException.class::isInstance).isPresent()) {
      return new SnapshotRemains(
          Optional.of(false), "libvirt has no snapshot of this name" + data(domain, plan));
    }
    return new SnapshotRemains(
        Optional.empty(),
        "the snapshot may have been taken: libvirt could not be queried after the failure; to find"
            + " out: "
            + virsh("snapshot-info", domain)
            + " "
            + ShellText.word(name, "SNAPSHOT")
            + "; if not, its data can remain in an image (qemu-img snapshot -l IMAGE) or in a file"
            + " of the snapshot");
  }

  private static String data(Domain domain, SnapshotPlan plan) {
    if (!plan.snapshot().external()) {
      return "; an image may contain data of it; to find and remove that data, with the"
          + " domain shut off: qemu-img snapshot -l IMAGE, qemu-img snapshot -d NAME IMAGE";
    }
    Tried<Map<String, String>> inUse =
        Tried.of(() -> SnapshotFiles.overlaysInUse(domain, plan.snapshot().disks()));
    return inUse
        .failure()
        .map(
            failure ->
                "; whether a disk already writes to an overlay is unknown: "
                    + GuestPreparation.message(failure)
                    + "; before you remove an overlay: "
                    + virsh("domblklist", domain))
        .orElseGet(() -> overlays(inUse.value().orElseThrow()));
  }

  private static String overlays(Map<String, String> inUse) {
    return inUse.isEmpty()
        ? ""
        : inUse.entrySet().stream()
                .map(
                    disk ->
                        "disk "
                            + LogEscaper.escape(disk.getKey())
                            + " already writes to "
                            + LogEscaper.quote(disk.getValue()))
                .collect(joining(", ", ", but ", "; do not remove "))
            + inUse.values().stream().map(LogEscaper::quote).collect(joining(", "));
  }

  /** Returns a command of virsh with the name of the domain. */
  static String virsh(String command, Domain domain) {
    return "virsh " + command + " " + ShellText.domain(domain.getName(), domain.getUUIDString());
  }
}
