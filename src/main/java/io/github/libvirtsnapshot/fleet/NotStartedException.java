package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.LibvirtError;
import io.github.libvirtsnapshot.LibvirtException;

/**
 * A domain of a fleet was not reverted, as it did not come to that: its host is silent, the time
 * was up, the run was stopped, or the program's own function failed, which is the cause then.
 */
public final class NotStartedException extends LibvirtException {
  private static final long serialVersionUID = 1;

  NotStartedException(String why, Throwable cause) {
    super("not started: " + why, LibvirtError.none(why), cause);
  }
}
