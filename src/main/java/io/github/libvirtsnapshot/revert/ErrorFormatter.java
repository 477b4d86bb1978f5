package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;

/** Formats an error on one line, with libvirt's numbers if libvirt reported one. */
final class ErrorFormatter {
  private ErrorFormatter() {}

  static String of(Throwable failure) {
    return failure instanceof LibvirtException e
        ? e.getMessage() + numbers(e.getError())
        : LogEscaper.escapeForeign(failure.toString());
  }

  static String of(LibvirtError error) {
    return of(new LibvirtException(error));
  }

  private static String numbers(LibvirtError error) {
    return error.getCode() == ErrorNumber.VIR_ERR_OK
        ? ""
        : " ["
            + error.getCode()
            + " "
            + error.getRawCode()
            + ", "
            + error.getDomain()
            + " "
            + error.getRawDomain()
            + "]";
  }
}
