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
  private static final String WAY_OUT = "provide the missing resource on the host";

  /** Returns the resource whose lack is the reason of an error. */
  static MissingResource of(LibvirtException e) {
    return new MissingResource(e.getError().getCode(), e.getMessage());
  }

  /** Returns how a revert fails after libvirt stopped an active guest. */
  Refusal refusal() {
    return new Refusal(code, true, reason(), WAY_OUT);
  }

  /** Returns how a revert fails before libvirt changes anything. */
  Refusal untouchedRefusal() {
    return Refusal.untouched(code, reason(), WAY_OUT);
  }

  private String reason() {
    return "the host lacks what the guest of the snapshot requires: " + what;
  }
}
