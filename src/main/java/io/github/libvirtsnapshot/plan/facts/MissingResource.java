package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.Refusal;

/**
 * A resource of the host without which libvirt cannot start a guest.
 *
 * @param code the error of a start
 * @param what the reason, as libvirt reports it or in the words of this library
 */
record MissingResource(ErrorNumber code, String what) {
  /** Returns the resource whose lack is the reason of an error. */
  static MissingResource of(LibvirtException e) {
    return new MissingResource(e.getError().getCode(), e.getMessage());
  }

  /** Returns how a revert fails that starts the guest of a snapshot. */
  Refusal refusal() {
    return new Refusal(
        code,
        true,
        "the host cannot start the guest of the snapshot: " + what,
        "provide the missing resource on the host");
  }
}
