package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.List;
import java.util.Optional;

/** Thrown if the domain does not exist, or no longer exists ({@code VIR_ERR_NO_DOMAIN}). */
public final class NoSuchDomainException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** Creates the exception from the error that libvirt reported. */
  public NoSuchDomainException(LibvirtError error) {
    super(error);
  }

  private NoSuchDomainException(String message, LibvirtError error) {
    super(message, error, null);
  }

  /**
   * Returns an exception with the same error, whose message has the name that was looked up and the
   * names of the domains, because the name may be mistyped.
   *
   * @param existing empty if the domains could not be listed
   */
  NoSuchDomainException lookedUp(String name, Optional<List<String>> existing) {
    return new NoSuchDomainException(
        getMessage()
            + "; no domain has the name "
            + LogEscaper.quote(name)
            + existing.map(names -> ": " + ExistingNames.ofDomains(names)).orElse(""),
        getError());
  }
}
