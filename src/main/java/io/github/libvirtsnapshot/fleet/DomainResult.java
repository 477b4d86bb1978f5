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
    Optional<RevertFinding> finding) {

  static <T> Told<T> done(Member<T> member, T value) {
    return new Told<>(
        member.host.uri,
        Optional.of(member.domain),
        Optional.of(value),
        Optional.empty(),
        Optional.empty());
  }

  static <T> Told<T> notDone(
      Member<T> member, LibvirtException failure, Optional<RevertFinding> finding) {
    return new Told<>(
        member.host.uri,
        Optional.of(member.domain),
        Optional.empty(),
        Optional.of(failure),
        finding);
  }

  /** The domains of a host could not be chosen. */
  static <T> Told<T> unknown(String uri, LibvirtException failure) {
    return new Told<>(
        uri, Optional.empty(), Optional.empty(), Optional.of(failure), Optional.empty());
  }
}
