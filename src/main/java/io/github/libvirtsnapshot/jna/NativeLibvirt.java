package io.github.libvirtsnapshot.jna;

import static com.google.common.base.Preconditions.checkNotNull;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Loads libvirt's client library, and binds {@link LibvirtLibrary} to it. */
public final class NativeLibvirt {
  /**
   * The name of the function that libvirt calls with each error instead of printing the error. It
   * frees its first argument, which is null here, so it does nothing. A Java function would be
   * slower, attach libvirt's threads to the JVM, and keep its class loader reachable.
   */
  private static final String DOES_NOTHING_WITH_NULL = "virFreeError";

  private static @Nullable LibvirtLibrary shared;

  private NativeLibvirt() {}

  /**
   * Returns libvirt; the first call loads it, by the first of its names that the loader finds.
   *
   * @throws UnsatisfiedLinkError if libvirt cannot be loaded; a later call tries again. The error
   *     is that of the first name; those of the other names are suppressed in it
   */
  public static synchronized LibvirtLibrary shared() {
    if (shared == null) {
      shared = load(LibvirtNames.on(Platform.getOSType()));
    }
    return shared;
  }

  /**
   * Loads libvirt by the first of these names that the loader finds.
   *
   * @throws UnsatisfiedLinkError as {@link #shared} does
   */
  public static LibvirtLibrary load(List<String> names) {
    UnsatisfiedLinkError failure = null;
    for (String name : names) {
      try {
        return load(name);
      } catch (UnsatisfiedLinkError e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    throw checkNotNull(failure, "names is empty");
  }

  /**
   * Loads libvirt, and turns off its printing of errors to the standard error stream in this
   * process.
   *
   * @param name the name for the system's loader
   * @throws UnsatisfiedLinkError if the library cannot be loaded
   */
  public static LibvirtLibrary load(String name) {
    Map<String, ?> options = Map.of(Library.OPTION_STRING_ENCODING, LibvirtLibrary.ENCODING);
    NativeLibrary library = NativeLibrary.getInstance(name, options);
    LibvirtLibrary mapped = Native.load(name, LibvirtLibrary.class, options);
    forget(LibvirtLibrary.class);
    mapped.virSetErrorFunc(null, library.getFunction(DOES_NOTHING_WITH_NULL));
    return DirectMappingHandler.arePossible() ? DirectMappingHandler.bind(library, mapped) : mapped;
  }

  /**
   * Clears JNA's options of a class, which are not needed after loading. JNA stores them in a map
   * whose key is the class and whose value refers to the class, so that the class would never be
   * garbage collected.
   */
  private static void forget(Class<?> mapped) {
    Native.getLibraryOptions(mapped).clear();
  }
}
