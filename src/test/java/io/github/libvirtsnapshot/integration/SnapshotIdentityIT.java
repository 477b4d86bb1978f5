package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/**
 * Which snapshot of an image QEMU loads: QEMU compares the name with the IDs of the snapshots
 * first, and loads the older one of two snapshots with the same name.
 */
class SnapshotIdentityIT extends OnRecipeGuest {

  @Test
  void guardedRevert_snapshotNameIsItsOwnId_restoresTheSnapshot() throws Exception {
    guest.createPool();
    guest.write("11");
    guest.takeInternal("1");
    guest.write("22");
    guest.assertReverted(guest.to("1"));
    assertEquals("11", guest.content());
  }

  @Test
  void guardedRevert_snapshotNameIsNumberWithoutSuchId_restoresTheSnapshot() throws Exception {
    guest.createPool();
    guest.write("11");
    guest.takeInternal("20261127");
    guest.write("22");
    guest.takeInternal("20261128");
    guest.write("33");
    guest.assertReverted(guest.to("20261128"));
    assertEquals("22", guest.content());
  }
}
