package io.github.libvirtsnapshot.libvirtjava;

import java.security.CodeSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Creates exceptions that name the jar of libvirt-java: only the jar's name has the version. */
final class LibvirtJavaVersion {
  private static final String SUPPORTED = "libvirt-java 0.5.1, 0.5.2, 0.5.3 and 0.5.4";

  private LibvirtJavaVersion() {}

  static IllegalStateException missing(Throwable cause) {
    return new IllegalStateException(
        "libvirt-java is not on the class path: add org.libvirt:libvirt ("
            + SUPPORTED
            + " work), or use io.github.libvirtsnapshot.Connect, which does not need it",
        cause);
  }

  static IllegalStateException unsupported(@Nullable Throwable cause) {
    return new IllegalStateException(
        "the version of libvirt-java at " + found() + " is not supported; " + SUPPORTED + " work",
        cause);
  }

  private static String found() {
    try {
      return Optional.ofNullable(
              Class.forName("org.libvirt.Connect").getProtectionDomain().getCodeSource())
          .map(CodeSource::getLocation)
          .map(String::valueOf)
          .orElse("an unknown location");
    } catch (ClassNotFoundException e) {
      return "an unknown location";
    }
  }
}
