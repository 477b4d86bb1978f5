package io.github.libvirtsnapshot.plan.facts;

import com.google.common.io.Files;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.host.StorageVolume;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.images.BackingChains;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds linked clones: images of inactive domains whose backing images are not in the definition.
 * The description of a storage volume has the backing image, as of the last refresh of the pool.
 * Each volume is queried once. Not thread-safe.
 */
final class CloneFinder {
  /**
   * Each query takes two round trips, three more for an image that is named as a volume, and one
   * more for each folder.
   */
  static final int MAX_QUERIES = 200;

  private static final String RAW = "raw";

  private final VolumePaths paths;

  /** By path of an image, its backing image; empty if the image has none. */
  private final Map<String, Optional<Image>> backing = new HashMap<>();

  /** The images that no active storage pool has, by path if that is known. */
  private final Set<String> unread = new LinkedHashSet<>();

  CloneFinder(VolumePaths paths) {
    this.paths = paths;
  }

  /**
   * An image as the image above names it.
   *
   * @param isRaw whether the image above states that this image is raw, so that QEMU does not read
   *     the header that a guest could have written there
   */
  private record Image(String name, boolean isRaw) {
    static Optional<Image> beneath(StorageVolume volume) {
      boolean isRaw = volume.backingFormat().equals(Optional.of(RAW));
      return volume.backing().map(name -> new Image(simplified(name), isRaw));
    }

    private static String simplified(String name) {
      return name.startsWith("/") ? Files.simplifyPath(name) : name;
    }
  }

  /**
   * Queries the backing images of images, direct and indirect, at most {@link #MAX_QUERIES}.
   *
   * @param planned the images of the plan's own domain, which the plan reads itself
   * @return what remains unknown, on one line; empty if the backing images of all are known
   */
  Optional<String> query(Connect connect, Collection<String> images, Set<String> planned)
      throws ConnectionLostException {
    Deque<String> open = new ArrayDeque<>(images);
    Set<String> done = new HashSet<>(planned);
    Set<String> unknown = new LinkedHashSet<>();
    HostQueries host = new HostQueries(connect);
    try (StorageVolumes volumes = StorageVolumes.of(connect, PoolCreation.NEVER)) {
      int queries = 0;
      while (!open.isEmpty()) {
        String image = open.remove();
        if (!done.add(image) || ImageName.isOnNetwork(image)) {
          continue;
        }
        if (!isQueried(image) && queries < MAX_QUERIES) {
          query(host, volumes, image);
          queries++;
        }
        if (isKnown(image)) {
          directlyBeneath(top(image))
              .filter(lower -> !lower.isRaw())
              .ifPresent(lower -> open.add(lower.name()));
        } else {
          unknown.add(image);
        }
      }
    }
    return whetherBased(unknown);
  }

  private boolean isKnown(String image) {
    return backing.containsKey(paths.known(image));
  }

  private boolean isQueried(String image) {
    return isKnown(image) || unread.contains(paths.known(image));
  }

  private void query(HostQueries host, StorageVolumes volumes, String image)
      throws ConnectionLostException {
    Optional<String> path = paths.find(host, image);
    if (!isQueried(image)) {
      Optional<StorageVolume> volume =
          path.isPresent() ? describe(volumes, path.get()) : Optional.empty();
      if (volume.isPresent()) {
        backing.put(paths.known(image), Image.beneath(volume.get()));
      } else {
        unread.add(paths.known(image));
      }
    }
  }

  private static Optional<StorageVolume> describe(StorageVolumes volumes, String path)
      throws ConnectionLostException {
    try {
      return volumes.describe(path);
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | IllegalStateException e) {
      // The image is unread, as if no pool had it.
      return Optional.empty();
    }
  }

  private static Optional<String> whetherBased(Set<String> unknown) {
    return unknown.stream()
        .findFirst()
        .map(
            image ->
                "whether an image of an inactive domain is based on an image of the snapshot: the"
                    + " backing image of "
                    + LogEscaper.quote(image)
                    + (unknown.size() == 1
                        ? " is"
                        : " and of " + (unknown.size() - 1) + " more are")
                    + " unknown");
  }

  /** Returns the known backing images of an image, the nearest first. */
  List<String> beneath(String image) {
    return BackingChains.beneath(top(image), this::directlyBeneath).stream()
        .map(Image::name)
        .distinct()
        .toList();
  }

  private Image top(String image) {
    return new Image(paths.known(image), false);
  }

  private Optional<Image> directlyBeneath(Image image) {
    return image.isRaw() ? Optional.empty() : backing.getOrDefault(image.name(), Optional.empty());
  }
}
