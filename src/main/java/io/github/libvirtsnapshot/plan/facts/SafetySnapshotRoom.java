package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import java.util.OptionalLong;

/** Checks whether the file system has room for the memory of a guest in a safety snapshot. */
final class SafetySnapshotRoom {
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;

  private SafetySnapshotRoom() {}

  /**
   * Records a doubt if the memory of the guest is larger than the available room. The snapshot may
   * succeed nevertheless, because QEMU does not save pages of zeros, and others may free some room.
   * If the snapshot fails, QEMU leaves the guest running and the image without an error.
   *
   * @param images the images of the domain, as far as the library could read them
   */
  static void check(
      ImageInspector images, DomainStatus before, Definitions definitions, Unknowns unknowns)
      throws ConnectionLostException {
    if (before.isActive()) {
      check(images, definitions.now(), unknowns);
    }
  }

  static void check(ImageInspector images, XmlNode guest, Unknowns unknowns)
      throws ConnectionLostException {
    Optional<String> first =
        Disk.of(guest).stream()
            .filter(Disk::isWritable)
            .map(Disk::image)
            .findFirst()
            .filter(image -> images.readings().of(image).isPresent());
    if (first.isPresent()) {
      check(images, first.get(), HostCheck.memory(guest) * KIB, unknowns);
    }
  }

  /** libvirt saves the memory in the image of the first disk, or in a file beside the image. */
  private static void check(ImageInspector images, String image, long memory, Unknowns unknowns)
      throws ConnectionLostException {
    String what =
        "whether the folder of " + LogEscaper.quote(image) + " has room for a safety snapshot";
    OptionalLong available =
        unknowns.ask(what, OptionalLong.empty(), () -> images.available(image));
    if (available.isPresent() && available.getAsLong() < memory) {
      unknowns.add(
          what
              + ": the guest has "
              + memory / MIB
              + " MiB of memory, and "
              + available.getAsLong() / MIB
              + " MiB were available when libvirt refreshed the storage pool");
    }
  }
}
