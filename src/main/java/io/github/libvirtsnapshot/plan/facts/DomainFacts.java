package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.images.ImageGraph;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a domain's disks, snapshots and host are, as far as libvirt could be asked.
 *
 * @param images the images of the domain and its snapshots
 * @param snapshotsKnown whether all its snapshots could be read
 * @param othersKnown whether all other domains that may have one of the images could be read
 * @param checkpoints the images that each of its checkpoints has a bitmap in
 * @param unreadable the images that libvirt could not open, and why
 * @param listening the ports that other guests listen on, and the names of their domains
 * @param nvram where its firmware keeps its variables, if it has UEFI
 * @param unknowns what libvirt could not be asked
 */
public record DomainFacts(
    ImageGraph images,
    boolean snapshotsKnown,
    boolean othersKnown,
    List<Set<String>> checkpoints,
    Map<String, String> unreadable,
    Map<String, String> listening,
    Optional<Nvram> nvram,
    List<String> unknowns) {

  /** Returns whether a checkpoint is known to have a bitmap in one of these images. */
  public boolean hasCheckpointIn(Set<String> some) {
    return checkpoints.stream().anyMatch(bitmaps -> !Sets.intersection(bitmaps, some).isEmpty());
  }

  /** Those of a domain that is known from its own definitions only. */
  static DomainFacts of(List<Disk> disks) {
    return of(
        new ImageGraph(disks, Optional.empty(), ImmutableList.of(), ImmutableList.of()),
        false,
        false);
  }

  /** Those of a domain of which nothing is known but its images. */
  static DomainFacts of(ImageGraph images, boolean snapshotsKnown, boolean othersKnown) {
    return new DomainFacts(
        images,
        snapshotsKnown,
        othersKnown,
        ImmutableList.of(),
        ImmutableMap.of(),
        ImmutableMap.of(),
        Optional.empty(),
        ImmutableList.of());
  }
}
