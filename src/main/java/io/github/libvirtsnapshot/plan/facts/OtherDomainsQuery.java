package io.github.libvirtsnapshot.plan.facts;

import java.util.Optional;
import java.util.Set;

/**
 * What a plan needs to know about the other domains of a host.
 *
 * @param uuid the domain of the plan, which is not among the other domains
 * @param images the images that matter
 * @param clonedImages those of the images whose linked clones matter: the images of inactive
 *     domains that are based on one of these, also if no definition says so
 * @param nvram the NVRAM that the revert writes to, if the domain does not use that file now.
 *     libvirt does not report the NVRAM of a domain among its images, so that all definitions are
 *     read
 * @param portsMatter whether the ports that guests listen on matter too
 */
record OtherDomainsQuery(
    String uuid,
    Set<String> images,
    Set<String> clonedImages,
    Optional<String> nvram,
    boolean portsMatter) {}
