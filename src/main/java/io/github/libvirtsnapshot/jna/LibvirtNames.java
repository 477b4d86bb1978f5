package io.github.libvirtsnapshot.jna;

import com.google.common.collect.ImmutableList;
import com.sun.jna.Platform;
import java.util.List;

/**
 * The names of libvirt's client library on each operating system, with its paths in folders that
 * JNA does not search.
 */
public final class LibvirtNames {
  private static final ImmutableList<String> WINDOWS =
      ImmutableList.of("libvirt-0", "C:\\msys64\\mingw64\\bin\\libvirt-0.dll");

  /** The paths are those of Homebrew on Apple silicon, Homebrew on Intel, and MacPorts. */
  private static final ImmutableList<String> MAC =
      ImmutableList.of(
          "virt",
          "/opt/homebrew/lib/libvirt.dylib",
          "/usr/local/lib/libvirt.dylib",
          "/opt/local/lib/libvirt.dylib");

  private static final ImmutableList<String> OTHERS = ImmutableList.of("virt");

  private LibvirtNames() {}

  /**
   * Returns the names for JNA, in the order to try them. JNA completes a name without a path, and
   * searches its folders, those of {@code jna.library.path} first.
   *
   * @param system the number of the operating system in {@link Platform}
   */
  public static List<String> on(int system) {
    return switch (system) {
      case Platform.MAC -> MAC;
      case Platform.WINDOWS -> WINDOWS;
      default -> OTHERS;
    };
  }
}
