package io.github.libvirtsnapshot.calls;

import io.github.libvirtsnapshot.errors.LibvirtError;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of a call, or its error.
 *
 * @param result the result of the call; null if the call failed
 * @param error the error that libvirt reported; empty if the call succeeded
 * @param lost whether the connection was lost
 */
public record Answer<R>(@Nullable R result, Optional<LibvirtError> error, boolean lost) {
  static <R> Answer<R> of(R result) {
    return new Answer<>(result, Optional.empty(), false);
  }

  static <R> Answer<R> failed(LibvirtError error, boolean lost) {
    return new Answer<>(null, Optional.of(error), lost);
  }
}
