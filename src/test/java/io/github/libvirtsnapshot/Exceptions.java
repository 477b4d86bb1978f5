package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/** Creates the exceptions of the handles, for tests in other packages. */
public final class Exceptions {
  private Exceptions() {}

  /** Returns the exception that the handles throw for an error. */
  public static LibvirtException of(LibvirtError error) {
    return LibvirtCalls.exception(error);
  }
}
