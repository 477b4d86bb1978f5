package io.github.libvirtsnapshot.plan.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.plan.Refusal;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockingBitmapTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "internal error: process exited while connecting to monitor: Device has active dirty"
            + " bitmaps",
        "operation failed: load of internal snapshot 's' job failed: Could not load snapshot 's' on"
            + " 'libvirt-1-format': Device has active dirty bitmaps",
      })
  void errorAboutBitmaps_namesCommandsForEachImage(String message) {
    Refusal refusal =
        BlockingBitmap.reportedBy(
                new LibvirtException(LibvirtError.none(message)),
                ImmutableSet.of("/my images/a.qcow2", "volume"))
            .orElseThrow();
    assertTrue(
        refusal
            .wayOut()
            .endsWith(
                ": qemu-img info '/my images/a.qcow2'; qemu-img bitmap --remove"
                    + " '/my images/a.qcow2' BITMAP; qemu-img info IMAGE; qemu-img bitmap --remove"
                    + " IMAGE BITMAP"),
        refusal::wayOut);
  }

  @Test
  void errorAboutSomethingElse_hasNoCommands() {
    assertEquals(
        Optional.empty(),
        BlockingBitmap.reportedBy(
            new LibvirtException(LibvirtError.none("no such file")), Set.of("/i")));
  }
}
