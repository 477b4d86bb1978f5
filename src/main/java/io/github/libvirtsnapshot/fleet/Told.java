package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.RevertFinding;
import java.util.Optional;

/** What is told of one domain, once; or of a host whose domains are not known. */
record Told<T>(
    String uri,
    Optional<String> domain,
    Optional<T> value,
    Optional<LibvirtException> failure,
    Optional<RevertFinding> finding) {}
