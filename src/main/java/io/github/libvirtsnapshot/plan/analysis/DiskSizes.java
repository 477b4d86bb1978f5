package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Determines which disks have another size after a revert. QEMU stores the size of the disk in an
 * internal snapshot. The disk of an external snapshot has the size of its image again.
 */
final class DiskSizes {
  private static final ImmutableList<String> UNITS =
      ImmutableList.of("bytes", "KiB", "MiB", "GiB", "TiB");

  private static final String SIZE = "]/size";

  /** The factor between two units is 2 to the power of 10. */
  private static final int BITS = 10;

  private final Facts facts;
  private final ImageReadings readings;

  private DiskSizes(Facts facts) {
    this.facts = facts;
    this.readings = facts.domainFacts().images().readings();
  }

  /** Returns whether a change is that of a size, which is not in the definition. */
  static boolean isSize(ConfigurationChange change) {
    return change.path().endsWith(SIZE);
  }

  /** Returns the changes, as far as the library could read the images. */
  static List<ConfigurationChange> changes(Facts facts) {
    DiskSizes sizes = new DiskSizes(facts);
    return facts.presentDisks().stream().filter(Disk::isWritable).flatMap(sizes::change).toList();
  }

  private Stream<ConfigurationChange> change(Disk now) {
    Optional<Long> size = size(now);
    Optional<Long> afterwards = facts.target().disk(now.target()).flatMap(this::afterwards);
    return size.isEmpty() || afterwards.isEmpty() || size.equals(afterwards)
        ? Stream.empty()
        : Stream.of(
            new ConfigurationChange(
                "devices/disk[" + now.target() + SIZE,
                Optional.of(text(size.get())),
                Optional.of(text(afterwards.get()))));
  }

  /** The size of an image is not that of a disk that uses only a part of the image. */
  private Optional<Long> size(Disk disk) {
    return disk.sliced().contains(disk.image())
        ? Optional.empty()
        : readings.of(disk.image()).flatMap(ImageReading::size);
  }

  /** Returns the size of a disk of the snapshot after the revert. */
  private Optional<Long> afterwards(Disk then) {
    if (facts.target().isInternal(then)) {
      return readings
          .loaded(facts.target(), then.image())
          .flatMap(loaded -> loaded.diskSize().stream().boxed().findFirst());
    }
    return facts.target().isExternal(then) ? size(then) : Optional.empty();
  }

  /** Returns the exact size in the largest unit of which it is a whole number. */
  private static String text(long size) {
    int unit = size == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(size) / BITS, UNITS.size() - 1);
    return (size >> (unit * BITS)) + " " + UNITS.get(unit);
  }
}
