package io.github.libvirtsnapshot;

import com.sun.jna.Library;
import com.sun.jna.Native;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.util.Map;

/** Loads libvirt's client library. */
public final class Libvirt {
  private static final LibvirtLibrary.VirErrorFunc SILENT = (userData, error) -> {};

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
      library = load("virt");
    }
    return library;
  }

  static LibvirtLibrary load(String name) {
    try {
      LibvirtLibrary loaded =
          Native.load(
              name,
              LibvirtLibrary.class,
              Map.of(Library.OPTION_STRING_ENCODING, LibvirtLibrary.ENCODING));
      loaded.virSetErrorFunc(null, SILENT);
      return loaded;
    } catch (UnsatisfiedLinkError e) {
      throw LibvirtUnavailableException.notLoaded(e);
    }
  }
}
