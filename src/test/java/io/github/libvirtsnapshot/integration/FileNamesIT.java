package io.github.libvirtsnapshot.integration;

import org.junit.jupiter.api.Test;

/**
 * Images with several names, and different images with the same name: links to folders, volumes of
 * storage pools, names that differ only in their extension.
 */
class FileNamesIT extends OnRecipeGuest {

  /** Makes the disk of the guest a volume of a storage pool. */
  private void useVolume() throws Exception {
    guest.createPool();
    guest.redefine(
        xml ->
            xml.replace("<disk type='file' device='disk'>", "<disk type='volume' device='disk'>")
                .replace(
                    "<source file='" + guest.path("guest.qcow2") + "'/>",
                    "<source pool='images' volume='guest.qcow2'/>"));
  }

  @Test
  void revertWithSafetySnapshot_diskIsVolume_leadsBack() throws Exception {
    useVolume();
    guest.write("11", guest.path("guest.qcow2"), "qcow2");
    guest.start();
    guest.takeInternal("s");
    guest.writeLive("22", "virtio-disk0");
    guest.assertSafetySnapshotLeadsBack(guest.to("s"));
  }
}
