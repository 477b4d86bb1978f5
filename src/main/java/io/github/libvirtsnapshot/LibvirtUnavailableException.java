package io.github.libvirtsnapshot;

/**
 * libvirt's client library is not installed, can't be loaded, or is too old to have a function. The
 * message says what to install; the cause is what the loader said.
 */
public final class LibvirtUnavailableException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private LibvirtUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  static LibvirtUnavailableException notLoaded(UnsatisfiedLinkError cause) {
    return new LibvirtUnavailableException(
        "libvirt's client library (libvirt.so.0) can't be loaded. Install it: package libvirt0 on"
            + " Debian and Ubuntu, libvirt-libs on Fedora and RHEL, libvirt on Arch and with"
            + " Homebrew. If it is in an unusual place, name its folder in the system property"
            + " jna.library.path. The loader said: "
            + cause.getMessage(),
        cause);
  }

  /** A call failed because the installed libvirt lacks the function. */
  public static LibvirtUnavailableException functionMissing(UnsatisfiedLinkError cause) {
    return new LibvirtUnavailableException(
        "The installed libvirt lacks a function that this call needs; upgrade libvirt's client"
            + " library (package libvirt0 on Debian and Ubuntu, libvirt-libs on Fedora and RHEL)."
            + " The loader said: "
            + cause.getMessage(),
        cause);
  }
}
