package io.github.libvirtsnapshot;

import com.sun.jna.Platform;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.LibvirtNames;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import java.util.List;
import java.util.function.Supplier;

/** Loads libvirt's client library. */
final class Libvirt {
  private Libvirt() {}

  /**
   * Returns libvirt; the first call loads it.
   *
   * @throws LibvirtUnavailableException if it is not installed or can't be loaded; a later call
   *     tries again
   */
  static LibvirtLibrary library() {
    return loaded(LibvirtNames.on(Platform.getOSType()), NativeLibvirt::shared);
  }

  /** Loads libvirt by the first of these names that the loader finds. */
  static LibvirtLibrary load(List<String> names) {
    return loaded(names, () -> NativeLibvirt.load(names));
  }

  private static LibvirtLibrary loaded(List<String> names, Supplier<LibvirtLibrary> load) {
    try {
      return load.get();
    } catch (UnsatisfiedLinkError e) {
      throw LibvirtUnavailableException.notLoaded(names, e);
    }
  }
}
