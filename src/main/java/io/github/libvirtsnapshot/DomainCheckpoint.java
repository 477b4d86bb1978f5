package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.jna.DomainCheckpointPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;

/** A checkpoint of a domain, as far as a revert depends on it. */
final class DomainCheckpoint extends Handle<DomainCheckpointPointer> {
  private static final int NO_FLAGS = 0;

  /** Takes the pointer's reference over. */
  DomainCheckpoint(NativeCalls calls, DomainCheckpointPointer pointer) {
    super(calls, pointer, LibvirtLibrary::virDomainCheckpointFree, "checkpoint");
  }

  String getXMLDesc() throws LibvirtException {
    return nonNull(
            (library, checkpoint) -> library.virDomainCheckpointGetXMLDesc(checkpoint, NO_FLAGS))
        .value();
  }
}
