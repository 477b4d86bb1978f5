package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The media and the read-only disks of a guest that is active after a revert. No snapshot contains
 * them, but the guest in the snapshot relies on their content.
 */
final class ReadOnlyDisks {
  private final Optional<Instant> taken;
  private final ImageGraph images;
  private final ImageReadings readings;

  private ReadOnlyDisks(Facts facts) {
    taken = facts.snapshot().taken();
    images = facts.domainFacts().images();
    readings = images.readings();
  }

  /** Returns what the library does not know about them. */
  static List<String> unknowns(Facts facts) {
    if (facts.hasTargetState(DomainState.SHUTOFF)) {
      return ImmutableList.of();
    }
    ReadOnlyDisks disks = new ReadOnlyDisks(facts);
    return facts.target().disks().stream()
        .filter(disk -> !disk.isWritable() && !disk.image().isEmpty())
        .flatMap(disks::unknowns)
        .distinct()
        .toList();
  }

  private Stream<String> unknowns(Disk disk) {
    return images.andBeneath(disk.image()).stream().flatMap(image -> unknown(disk, image));
  }

  private Stream<String> unknown(Disk disk, String image) {
    if (readings.gone().contains(image)) {
      return Stream.empty();
    }
    Optional<ImageReading> reading = readings.of(image);
    return reading.isPresent()
        ? laterChange(reading.get()).map(time -> whetherChangeMatters(image, time)).stream()
        : Stream.of(
            (disk.device().equals("disk")
                    ? "whether this read-only image exists: "
                    : "whether this medium exists: ")
                + LogEscaper.escape(image));
  }

  /** libvirt stores the time of a snapshot in whole seconds. */
  private Optional<Instant> laterChange(ImageReading reading) {
    return reading
        .modified()
        .filter(
            modified -> taken.filter(time -> modified.isAfter(time.plusSeconds(1))).isPresent());
  }

  private static String whetherChangeMatters(String image, Instant modified) {
    return "whether the guest needs the earlier content of "
        + LogEscaper.quote(image)
        + ", which was modified "
        + modified
        + ", after the snapshot was taken: no snapshot contains it";
  }
}
