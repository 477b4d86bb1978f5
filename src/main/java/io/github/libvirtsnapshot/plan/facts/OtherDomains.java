package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.images.OtherDomain;
import java.util.List;
import java.util.Map;

/**
 * What the other domains of a host have that a revert may need.
 *
 * @param related those that have one of its images, or an image in common with one that does
 * @param imagesKnown whether those are all
 * @param listening the ports that other guests listen on, and the names of their domains, if the
 *     ports matter
 * @param unknowns what could not be found out
 */
record OtherDomains(
    List<OtherDomain> related,
    boolean imagesKnown,
    Map<String, String> listening,
    List<String> unknowns) {
  /** Those of a domain of which none were asked for, or none answered. */
  static OtherDomains none(boolean known) {
    return new OtherDomains(ImmutableList.of(), known, ImmutableMap.of(), ImmutableList.of());
  }
}
