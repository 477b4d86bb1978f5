package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.plan.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a revert and its undo require of the host. If something is missing, libvirt stops an active
 * guest and then fails.
 *
 * @param missing how the revert fails, if a requirement is known to be missing
 * @param missingForPresentGuest why the host cannot start the present guest again, if that is
 *     known; empty if the domain is shut off
 * @param ports the fixed TCP ports that the graphics devices of the snapshot's guest listen on
 * @param unknowns the requirements that could not be checked
 */
public record HostRequirements(
    Optional<Refusal> missing,
    Optional<String> missingForPresentGuest,
    Set<String> ports,
    List<String> unknowns) {
  /** No requirements, because the driver does not support checks. */
  static final HostRequirements NONE =
      new HostRequirements(
          Optional.empty(), Optional.empty(), ImmutableSet.of(), ImmutableList.of());

  /**
   * Returns these requirements and those of a start of the domain after it was shut off.
   *
   * @param start the requirements of the start
   */
  HostRequirements withStart(HostRequirements start) {
    return new HostRequirements(
        missing,
        start.missing().map(Refusal::reason),
        ports,
        Stream.concat(unknowns.stream(), start.unknowns().stream()).distinct().toList());
  }
}
