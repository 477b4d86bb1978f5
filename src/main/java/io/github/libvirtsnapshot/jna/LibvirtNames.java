package io.github.libvirtsnapshot.jna;

import com.google.common.collect.ImmutableList;
import com.sun.jna.Platform;
import java.util.List;

/**
 * What libvirt's client library is called on each system, and where JNA does not look by itself.
 */
public final class LibvirtNames {
  private static final ImmutableList<String> WINDOWS =
      ImmutableList.of("libvirt-0", "C:\\msys64\\mingw64\\bin\\libvirt-0.dll");

  /** Homebrew on Apple silicon and on Intel, MacPorts. */
  private static final ImmutableList<String> MAC =
      ImmutableList.of(
          "virt",
          "/opt/homebrew/lib/libvirt.dylib",
          "/usr/local/lib/libvirt.dylib",
          "/opt/local/lib/libvirt.dylib");

  private static final ImmutableList<String> OTHERS = ImmutableList.of("virt");

  private LibvirtNames() {}

  /**
   * Returns names for JNA, in the order to try them: a short one is completed and looked for in
   * JNA's folders, those of {@code jna.library.path} first.
   *
   * @param system one of {@link Platform}'s numbers
   */
  public static List<String> on(int system) {
    return switch (system) {
      case Platform.MAC -> MAC;
      case Platform.WINDOWS -> WINDOWS;
      default -> OTHERS;
    };
  }
}
