package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.Optional;
import java.util.stream.Stream;

/** The disks of which libvirt takes no snapshot of a kind. */
final class DiskObstacles {
  /** The types of disks of which libvirt takes internal snapshots, active and shut off. */
  private static final ImmutableSet<String> TAKING_INTERNAL =
      ImmutableSet.of("file", "block", "volume");

  private DiskObstacles() {}

  /** Returns why libvirt takes no internal snapshot of these disks. */
  static Optional<Obstacle> ofInternal(Stream<Disk> disks) {
    return disks.flatMap(disk -> ofInternal(disk).stream()).findFirst();
  }

  private static Optional<Obstacle> ofInternal(Disk disk) {
    String requirement = "an internal snapshot requires that each disk is a qcow2 image: ";
    if (!disk.format().equals("qcow2")) {
      return obstacle(requirement + "the format of " + name(disk) + " is " + format(disk));
    }
    if (disk.device().equals("floppy")) {
      return obstacle(requirement + name(disk) + " is a floppy");
    }
    if (!TAKING_INTERNAL.contains(disk.type())) {
      return obstacle(requirement + type(disk));
    }
    return otherMode(disk, "internal");
  }

  /** Returns why libvirt takes no external snapshot of these disks. */
  static Optional<Obstacle> ofExternal(Stream<Disk> disks) {
    return disks.flatMap(disk -> ofExternal(disk).stream()).findFirst();
  }

  private static Optional<Obstacle> ofExternal(Disk disk) {
    String requirement = "an external snapshot requires that each disk is a file: ";
    if (!disk.type().equals("file")) {
      return obstacle(requirement + type(disk));
    }
    if (!disk.device().equals("disk")) {
      return obstacle(requirement + name(disk) + " is a " + LogEscaper.escape(disk.device()));
    }
    if (disk.isShareable()) {
      return Optional.of(
          new Obstacle(
              any -> true,
              name(disk) + " is shareable, and libvirt creates no overlay for such a disk",
              "leave the disk out (leavingOut(...))"));
    }
    return otherMode(disk, "external");
  }

  private static Optional<Obstacle> obstacle(String reason) {
    return Optional.of(new Obstacle(any -> true, reason));
  }

  private static Optional<Obstacle> otherMode(Disk disk, String mode) {
    return disk.snapshotMode().isEmpty() || disk.snapshotMode().equals(mode)
        ? Optional.empty()
        : Optional.of(
            new Obstacle(
                any -> true,
                "the definition of "
                    + name(disk)
                    + " has snapshot='"
                    + LogEscaper.escape(disk.snapshotMode())
                    + "', which excludes "
                    + mode
                    + " snapshots",
                "remove this attribute (virsh edit DOMAIN)"));
  }

  private static String name(Disk disk) {
    return "disk " + LogEscaper.escape(disk.target());
  }

  private static String format(Disk disk) {
    return disk.isRaw() ? "raw" : LogEscaper.escape(disk.format());
  }

  private static String type(Disk disk) {
    return "the type of " + name(disk) + " is " + LogEscaper.escape(disk.type());
  }
}
