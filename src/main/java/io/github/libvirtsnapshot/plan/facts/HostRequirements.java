package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The host resources that a guest requires. If one is missing, libvirt stops the guest and cannot
 * start it again.
 *
 * @param missing how the start fails, if a resource is known to be missing
 * @param ports the fixed TCP ports that the guest's graphics devices listen on
 * @param unknowns the requirements that could not be checked
 */
public record HostRequirements(
    Optional<Refusal> missing, Set<String> ports, List<String> unknowns) {
  /** No requirements, because the guest is not started or the driver does not support checks. */
  static final HostRequirements NONE =
      new HostRequirements(Optional.empty(), ImmutableSet.of(), ImmutableList.of());

  /** Returns how the start fails, from the error of a check. */
  static Refusal missing(LibvirtException e) {
    return missing(e.getError().getCode(), e.getMessage());
  }

  /** Returns how the start fails. */
  static Refusal missing(ErrorNumber code, String what) {
    return new Refusal(
        code,
        true,
        "the host cannot start the guest of the snapshot: " + what,
        "provide the missing resource on the host");
  }
}
