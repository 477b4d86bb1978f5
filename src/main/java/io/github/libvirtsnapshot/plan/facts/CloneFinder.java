package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Files;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
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
  /** Each query takes two round trips. */
  static final int MAX_QUERIES = 200;

  /** By image, its backing image; empty if it has none. */
  private final Map<String, Optional<String>> backing = new HashMap<>();

  /** The images that no active storage pool has. */
  private final Set<String> unread = new LinkedHashSet<>();

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
        if (!done.add(image) || isOnNetwork(image)) {
          continue;
        }
        if (!isQueried(image) && queries < MAX_QUERIES) {
          query(host, volumes, image);
          queries++;
        }
        if (backing.containsKey(image)) {
          backing.get(image).ifPresent(open::add);
        } else {
          unknown.add(image);
        }
      }
    }
    return whetherBased(unknown);
  }

  private static boolean isOnNetwork(String image) {
    return image.contains("://");
  }

  private boolean isQueried(String image) {
    return backing.containsKey(image) || unread.contains(image);
  }

  private void query(HostQueries host, StorageVolumes volumes, String image)
      throws ConnectionLostException {
    try {
      Optional<StorageVolume> volume = volumes.describe(host.imagePath(image));
      if (volume.isPresent()) {
        backing.put(image, volume.get().backing().map(CloneFinder::simplified));
        return;
      }
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | IllegalStateException e) {
      // The image is unread, as if no pool had it.
    }
    unread.add(image);
  }

  private static String simplified(String image) {
    return image.startsWith("/") ? Files.simplifyPath(image) : image;
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
    return ImmutableList.copyOf(
        BackingChains.beneath(image, each -> backing.getOrDefault(each, Optional.empty())));
  }
}
