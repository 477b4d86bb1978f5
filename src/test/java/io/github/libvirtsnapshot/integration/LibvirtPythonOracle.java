package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.DomainStatus;
import java.io.IOException;
import java.util.Optional;

/** Observes a domain with libvirt-python, independently of the library. */
record LibvirtPythonOracle(PrivateLibvirtd libvirtd, String domain) {
  /**
   * Returns libvirt's numbers of the state and of the reason, and the domain's ID; or {@code gone}
   * if there is no such domain.
   */
  String look() throws IOException {
    return PrivateLibvirtd.run(
            "/usr/bin/python3", "src/test/python/domain_state.py", libvirtd.qemu(), domain)
        .strip();
  }

  /** Returns what the library reports, in the format of {@link #look}. */
  static String words(Optional<DomainStatus> reported) {
    return reported
        .map(
            status ->
                status.stateAndReason().rawState()
                    + " "
                    + status.stateAndReason().rawReason()
                    + " "
                    + status.id().orElse(-1))
        .orElse("gone");
  }
}
