package io.github.libvirtsnapshot.plan;

import java.util.Optional;

/**
 * What libvirt was seen to stumble over at present.
 *
 * @param readOnly whether the connection is
 * @param blocked why libvirt would not even begin, if something on the domain prevents it
 * @param unstartable why the host could not start the guest of the snapshot, if it could not
 */
record Obstacles(boolean readOnly, Optional<Refusal> blocked, Optional<Refusal> unstartable) {
  /** None, or none was looked for. */
  static final Obstacles NONE = new Obstacles(false, Optional.empty(), Optional.empty());
}
