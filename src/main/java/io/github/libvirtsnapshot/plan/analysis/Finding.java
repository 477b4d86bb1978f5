package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;

/**
 * A reason why a revert may not restore a part of a domain exactly.
 *
 * @param certainty how certain it is that the part is restored
 * @param reason the reason, with the names of images quoted
 */
record Finding(Certainty certainty, String reason) {
  static Finding presumed(String reason) {
    return new Finding(Certainty.PRESUMED, reason);
  }

  static Finding atRisk(String reason) {
    return new Finding(Certainty.AT_RISK, reason);
  }

  static Finding notIncluded(String reason) {
    return new Finding(Certainty.NOT_INCLUDED, reason);
  }

  static Finding changed(String reason) {
    return new Finding(Certainty.CHANGED, reason);
  }

  /** Returns whether an existing snapshot or domain shows that the part may have changed. */
  boolean showsUse() {
    return certainty.compareTo(Certainty.AT_RISK) >= 0;
  }

  /** Returns the result for a part with this finding. */
  RestoredPart of(String part) {
    return new RestoredPart(part, certainty, reason);
  }
}
