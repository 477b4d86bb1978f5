package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.List;

/**
 * Thrown if libvirt's client library is not installed, cannot be loaded, or is too old to have a
 * function. The message says what to install; the cause is the loader's error.
 */
public final class LibvirtUnavailableException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private LibvirtUnavailableException(String message, Throwable cause) {
    super(LogEscaper.escapeMessage(message), cause);
  }

  static LibvirtUnavailableException notLoaded(List<String> names, UnsatisfiedLinkError cause) {
    return new LibvirtUnavailableException(
        "libvirt's client library cannot be loaded; tried "
            + String.join(", ", names)
            + ". Install it: package libvirt0 on Debian and Ubuntu, libvirt-libs on Fedora, RHEL and"
            + " openSUSE, libvirt on Arch and with Homebrew, mingw-w64-x86_64-libvirt (libvirt-0.dll)"
            + " with MSYS2. If it is in another folder, set the system property"
            + " jna.library.path to that folder. The loader reported: "
            + cause.getMessage(),
        cause);
  }

  static LibvirtUnavailableException functionMissing(UnsatisfiedLinkError cause) {
    return new LibvirtUnavailableException(
        "the installed libvirt lacks a function that this call needs; upgrade libvirt's client"
            + " library (package libvirt0 on Debian and Ubuntu, libvirt-libs on Fedora and RHEL)."
            + " The loader reported: "
            + cause.getMessage(),
        cause);
  }
}
