package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReadings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Facts about a domain's disks, snapshots and host, as far as libvirt reported them.
 *
 * @param images the images of the domain and its snapshots
 * @param snapshotsKnown whether all snapshots of the domain could be read
 * @param othersKnown whether all other domains that may use one of the images could be read
 * @param checkpoints by name, for each checkpoint of the domain, the images in which libvirt
 *     created its bitmap
 * @param unreadable the images that libvirt could not open, with the reason
 * @param listening the ports that other guests listen on, with the names of their domains
 * @param nvram the NVRAM of the domain, if it has UEFI firmware
 * @param transientPools the folders over which the library created a storage pool and removed it
 * @param unknowns the queries that libvirt did not answer
 */
public record DomainFacts(
    ImageGraph images,
    boolean snapshotsKnown,
    boolean othersKnown,
    Map<String, Set<String>> checkpoints,
    Map<String, String> unreadable,
    Map<String, String> listening,
    Optional<Nvram> nvram,
    List<String> transientPools,
    List<String> unknowns) {

  /** Returns whether one of these images is known to contain a checkpoint's bitmap. */
  public boolean hasCheckpointIn(Set<String> someImages) {
    return checkpoints.values().stream()
        .anyMatch(bitmaps -> !Sets.intersection(bitmaps, someImages).isEmpty());
  }

  /** Returns the facts about a domain of which only the definitions are known. */
  static DomainFacts of(List<Disk> disks) {
    return of(
        new ImageGraph(
            disks, Optional.empty(), ImmutableList.of(), ImmutableList.of(), ImageReadings.NONE),
        false,
        false);
  }

  /** Returns the facts about a domain of which only the images are known. */
  static DomainFacts of(ImageGraph images, boolean snapshotsKnown, boolean othersKnown) {
    return new DomainFacts(
        images,
        snapshotsKnown,
        othersKnown,
        ImmutableMap.of(),
        ImmutableMap.of(),
        ImmutableMap.of(),
        Optional.empty(),
        ImmutableList.of(),
        ImmutableList.of());
  }
}
