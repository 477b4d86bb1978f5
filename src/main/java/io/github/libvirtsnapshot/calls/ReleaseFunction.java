package io.github.libvirtsnapshot.calls;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;

/** A libvirt function that releases a reference, such as virDomainFree. */
@FunctionalInterface
public interface ReleaseFunction<P extends PointerType> {
  int release(LibvirtLibrary library, P pointer);
}
