package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.Refusal;

/**
 * A resource of the host that a guest requires and that is missing.
 *
 * @param code the error of libvirt without the resource
 * @param what the reason, as libvirt reports it or in the words of this library
 */
record MissingResource(ErrorNumber code, String what) {
  /** Returns the resource whose lack is the reason of an error. */
  static MissingResource of(LibvirtException e) {
    return new MissingResource(e.getError().getCode(), e.getMessage());
  }

  /** Returns how a revert to a snapshot fails whose guest requires the resource. */
  Refusal refusal() {
    return new Refusal(
        code,
        true,
        "the host lacks what the guest of the snapshot requires: " + what,
        "provide the missing resource on the host");
  }
}
