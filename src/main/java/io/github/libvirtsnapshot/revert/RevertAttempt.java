package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.LibvirtError;
import java.time.Duration;
import java.util.Optional;

/**
 * One call of libvirt's revert.
 *
 * @param error the error that it ended in, if it did
 * @param elapsed how long it took
 */
public record RevertAttempt(Optional<LibvirtError> error, Duration elapsed) {}
