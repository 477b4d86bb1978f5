package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.host.HostQueries;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The paths of images that definitions name as a volume of a storage pool. Each volume is queried
 * once. Not thread-safe.
 */
final class VolumePaths {
  /** The maximum number of volumes that {@link #findAll} queries. Each takes three round trips. */
  static final int MAX_QUERIES = 200;

  private final Map<String, String> known = new HashMap<>();

  /** By name, why the path is unknown. */
  private final Map<String, String> unknown = new HashMap<>();

  /**
   * Returns the path of an image.
   *
   * @param image the name of an image
   * @return the name itself if it is not that of a volume; empty if libvirt does not return the
   *     path
   */
  Optional<String> find(HostQueries host, String image) throws ConnectionLostException {
    if (ImageName.isVolume(image) && !isQueried(image)) {
      query(host, image);
    }
    return unknown.containsKey(image) ? Optional.empty() : Optional.of(known(image));
  }

  private boolean isQueried(String image) {
    return known.containsKey(image) || unknown.containsKey(image);
  }

  private void query(HostQueries host, String volume) throws ConnectionLostException {
    try {
      known.put(volume, host.imagePath(volume));
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | IllegalStateException e) {
      unknown.put(volume, e.getMessage());
    }
  }

  /**
   * Queries those of the volumes that were not queried before, at most {@link #MAX_QUERIES}: other
   * tenants can define any number of them.
   */
  void findAll(HostQueries host, Collection<String> volumes) throws ConnectionLostException {
    for (String volume :
        volumes.stream().filter(each -> !isQueried(each)).limit(MAX_QUERIES).toList()) {
      query(host, volume);
    }
  }

  /** Returns the path of an image if it is known, or else the name. */
  String known(String image) {
    return known.getOrDefault(image, image);
  }

  /** Returns the known paths by name. */
  Map<String, String> known() {
    return Collections.unmodifiableMap(known);
  }

  /** Returns why libvirt did not return the path of a volume. */
  String reason(String volume) {
    return unknown.getOrDefault(volume, "");
  }
}
