package io.github.libvirtsnapshot.calls;

import io.github.libvirtsnapshot.errors.LibvirtError;
import java.util.Optional;

/**
 * How a call ended.
 *
 * @param result what the call returned; null if it failed
 * @param error what libvirt reported, if it failed
 * @param lost whether the connection was lost
 */
public record Answer<R>(R result, Optional<LibvirtError> error, boolean lost) {
  static <R> Answer<R> of(R result) {
    return new Answer<>(result, Optional.empty(), false);
  }

  static <R> Answer<R> failed(LibvirtError error, boolean lost) {
    return new Answer<>(null, Optional.of(error), lost);
  }
}
