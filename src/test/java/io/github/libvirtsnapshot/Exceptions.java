package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/** The exceptions of the handles, for tests in other packages. */
public final class Exceptions {
  private Exceptions() {}

  /** Returns the exception that the handles throw for this error. */
  public static LibvirtException of(LibvirtError error) {
    return LibvirtCalls.exception(error);
  }
}
