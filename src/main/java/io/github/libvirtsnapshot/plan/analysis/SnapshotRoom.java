package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.host.DiskSize;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.SnapshotPlan.Room;
import io.github.libvirtsnapshot.plan.facts.SnapshotFiles;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The room that a snapshot needs in each folder. */
final class SnapshotRoom {
  /** More than the tables of a snapshot in an image, and than a new overlay. */
  private static final long TABLES = 1 << 20;

  private final SnapshotDescription snapshot;
  private final SnapshotFiles files;

  private final Map<String, Long> now = new LinkedHashMap<>();

  /** By folder; empty if the size of a disk is unknown. */
  private final Map<String, Optional<Long>> later = new LinkedHashMap<>();

  SnapshotRoom(SnapshotDescription snapshot, SnapshotFiles files) {
    this.snapshot = snapshot;
    this.files = files;
    snapshot.disks().forEach(this::add);
    if (snapshot.details().hasMemory()) {
      memoryFile().ifPresent(file -> grow(file, files.memory()));
    }
  }

  /** QEMU, or libvirt, saves the memory of an internal snapshot in the first disk. */
  private Optional<String> memoryFile() {
    return snapshot
        .details()
        .memory()
        .file()
        .or(
            () ->
                snapshot.disks().stream()
                    .filter(snapshot::isInternal)
                    .map(Disk::image)
                    .findFirst());
  }

  private void add(Disk disk) {
    Optional<DiskSize> size = files.size(disk.target());
    if (snapshot.isInternal(disk)) {
      grow(disk.image(), TABLES);
      growLater(disk.image(), size.map(DiskSize::allocation));
    } else if (snapshot.isExternal(disk)) {
      String overlay = snapshot.overlays().getOrDefault(disk.target(), "");
      grow(overlay, TABLES);
      growLater(overlay, size.map(DiskSize::capacity));
    }
  }

  private void grow(String file, long bytes) {
    now.merge(SnapshotFiles.folder(file), bytes, Long::sum);
  }

  private void growLater(String file, Optional<Long> bytes) {
    later.merge(
        SnapshotFiles.folder(file),
        bytes,
        (one, other) -> one.flatMap(known -> other.map(more -> known + more)));
  }

  /** Returns the room in each folder; an image that is not in a folder is left out. */
  List<Room> all() {
    return now.entrySet().stream()
        .filter(needed -> !needed.getKey().isEmpty())
        .map(
            needed ->
                new Room(
                    needed.getKey(),
                    needed.getValue(),
                    later.getOrDefault(needed.getKey(), Optional.of(0L)),
                    files.available(needed.getKey())))
        .toList();
  }

  /** Returns whether the room suffices, where that is unknown or doubtful. */
  List<String> unknowns() {
    ImmutableList.Builder<String> unknowns = ImmutableList.builder();
    if (now.containsKey("")) {
      unknowns.add("how much room there is for the disks that are not files with a known path");
    }
    for (Room room : all()) {
      String folder = "whether " + LogEscaper.quote(room.folder()) + " has room for the snapshot";
      if (room.available().isEmpty()) {
        unknowns.add(folder + ": no active storage pool has this folder");
      } else if (room.available().get() < room.now()) {
        unknowns.add(folder + ": the snapshot needs at most " + room);
      }
    }
    return unknowns.build();
  }
}
