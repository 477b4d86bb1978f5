package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.DomainStatus;
import java.io.IOException;
import java.util.Optional;

/** An independent libvirt-python that says what is true of a domain. */
record LibvirtPythonOracle(PrivateLibvirtd libvirtd, String domain) {
  /** Returns state, reason and number as libvirt numbers them, or {@code gone}. */
  String look() throws IOException {
    return PrivateLibvirtd.run(
            "/usr/bin/python3", "src/test/python/look.py", libvirtd.qemu(), domain)
        .strip();
  }

  /** Returns what we say of the domain in the words of the witness. */
  static String words(Optional<DomainStatus> said) {
    return said.map(
            status ->
                status.stateAndReason().rawState()
                    + " "
                    + status.stateAndReason().rawReason()
                    + " "
                    + status.id().orElse(-1))
        .orElse("gone");
  }
}
