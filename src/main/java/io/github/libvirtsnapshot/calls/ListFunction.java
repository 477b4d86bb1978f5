package io.github.libvirtsnapshot.calls;

import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;

/** A libvirt function that lists references, and returns their count. */
public interface ListFunction<P> {
  int list(LibvirtLibrary library, P pointer, PointerArrayByReference array);
}
