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
 * What a guest needs of its host: without it, the guest is stopped and can't be started.
 *
 * @param missing how the start fails, if something is known to be missing
 * @param ports the TCP ports that its screens listen on
 * @param unknowns what libvirt can't be asked for beforehand
 */
public record HostRequirements(
    Optional<Refusal> missing, Set<String> ports, List<String> unknowns) {
  /** Those of a guest that is not started, or nobody was asked. */
  static final HostRequirements NONE =
      new HostRequirements(Optional.empty(), ImmutableSet.of(), ImmutableList.of());

  /** Returns how the start fails where libvirt says so beforehand. */
  static Refusal missing(LibvirtException e) {
    return missing(e.getError().getCode(), e.getMessage());
  }

  /** Returns how the start fails. */
  static Refusal missing(ErrorNumber code, String what) {
    return new Refusal(
        code,
        true,
        "the host can't start the guest of the snapshot: " + what,
        "put back on the host what is missing there");
  }
}
