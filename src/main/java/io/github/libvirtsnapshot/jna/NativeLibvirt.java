package io.github.libvirtsnapshot.jna;

import static com.google.common.base.Preconditions.checkNotNull;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.util.List;
import java.util.Map;

/** Binds {@link LibvirtLibrary} to the real library. */
public final class NativeLibvirt {
  /**
   * Frees the error that it gets, and does nothing with null. As the function that is called with
   * each error it gets null instead of one, and so does nothing. A function of Java's would take
   * time, attach libvirt's threads to the JVM, and keep its class loader alive.
   */
  private static final String DOES_NOTHING_WITH_NULL = "virFreeError";

  private static LibvirtLibrary shared;

  private NativeLibvirt() {}

  /**
   * Returns libvirt, loaded on the first call under the first of its names that there is.
   *
   * @throws UnsatisfiedLinkError if it can't be loaded; a later call tries again. The failures of
   *     all names but the first are suppressed in it
   */
  public static synchronized LibvirtLibrary shared() {
    if (shared == null) {
      shared = load(LibvirtNames.on(Platform.getOSType()));
    }
    return shared;
  }

  /**
   * Loads the library under the first of these names that there is.
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
   * Loads the library, with its habit of printing errors to the standard error stream switched off
   * for this process.
   *
   * @param name as the system's loader knows it
   * @throws UnsatisfiedLinkError if it can't be loaded
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
   * Makes JNA forget what it was told of a class, which it needs no more. It keeps that in a map
   * from the class to options that have the class in them, so that neither is ever collected.
   */
  private static void forget(Class<?> mapped) {
    Native.getLibraryOptions(mapped).clear();
  }
}
