package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.images.OtherDomain;
import java.util.List;
import java.util.Map;

/**
 * The images and ports of a host's other domains, as far as they matter to a revert.
 *
 * @param related the domains that use one of the reverted domain's images, or share an image with
 *     such a domain, or have an image that differs only in the extension
 * @param imagesKnown whether {@code related} is complete
 * @param listening the ports that other guests listen on, with the names of their domains, if the
 *     ports matter
 * @param unknowns the queries that libvirt did not answer
 */
record OtherDomains(
    List<OtherDomain> related,
    boolean imagesKnown,
    Map<String, String> listening,
    List<String> unknowns) {
  /** Returns an empty result, because no domains were queried or no query succeeded. */
  static OtherDomains none(boolean known) {
    return new OtherDomains(ImmutableList.of(), known, ImmutableMap.of(), ImmutableList.of());
  }
}
