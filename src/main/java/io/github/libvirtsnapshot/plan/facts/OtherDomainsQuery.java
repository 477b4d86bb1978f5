package io.github.libvirtsnapshot.plan.facts;

import java.util.Set;

/**
 * What a plan needs to know about the other domains of a host.
 *
 * @param uuid the domain of the plan, which is not among the other domains
 * @param images the images that matter
 * @param clonedImages those of the images whose linked clones matter: the images of inactive
 *     domains that are based on one of these, also if no definition says so
 * @param portsMatter whether the ports that guests listen on matter too
 */
record OtherDomainsQuery(
    String uuid, Set<String> images, Set<String> clonedImages, boolean portsMatter) {}
