package io.github.libvirtsnapshot;

import com.sun.jna.Platform;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.LibvirtNames;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import java.util.ArrayList;
import java.util.List;

/** Loads libvirt's client library. */
public final class Libvirt {
  private static LibvirtLibrary library;

  private Libvirt() {}

  /**
   * Returns libvirt, loaded on the first call, with its habit of printing errors to the standard
   * error stream switched off for this process.
   *
   * @throws LibvirtUnavailableException if it is not installed or can't be loaded; a later call
   *     tries again
   */
  public static synchronized LibvirtLibrary library() {
    if (library == null) {
      library = load(LibvirtNames.on(Platform.getOSType()));
    }
    return library;
  }

  /** Loads the first of these names that there is. */
  static LibvirtLibrary load(List<String> names) {
    List<UnsatisfiedLinkError> failures = new ArrayList<>();
    for (String name : names) {
      try {
        return NativeLibvirt.load(name);
      } catch (UnsatisfiedLinkError e) {
        failures.add(e);
      }
    }
    throw LibvirtUnavailableException.notLoaded(names, failures);
  }
}
