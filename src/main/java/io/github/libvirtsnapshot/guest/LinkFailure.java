package io.github.libvirtsnapshot.guest;

import io.github.libvirtsnapshot.LibvirtException;

/** A link could not be taken down or up; the message says which links are down now. */
final class LinkFailure extends LibvirtException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param what what was tried, as in {@code taking the link of interface 52:54:00:00:00:01 down}
   * @param links the links that are down now, and the way out
   */
  LinkFailure(String what, LibvirtException cause, String links) {
    super(what + " failed: " + cause.getMessage() + "; " + links, cause.getError(), cause);
  }
}
