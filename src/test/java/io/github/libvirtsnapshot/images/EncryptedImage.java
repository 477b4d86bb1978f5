package io.github.libvirtsnapshot.images;

import io.github.libvirtsnapshot.integration.PrivateLibvirtd;
import java.io.IOException;
import java.nio.file.Path;

/** Creates images that are encrypted in the format LUKS. */
public final class EncryptedImage {
  /**
   * qemu-img measures how fast it derives a key, and fails on some machines if their processors are
   * busy.
   */
  private static final String CREATE =
      "for i in $(seq 50); do qemu-img create -q -f qcow2 --object secret,id=key,data=password"
          + " -o encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=200 \"$0\" 8M"
          + " 2> /dev/null && exit; done; exit 1";

  private EncryptedImage() {}

  /** Creates a qcow2 image of 8 MiB with the password {@code password}. */
  public static void create(Path image) throws IOException {
    PrivateLibvirtd.run("sh", "-c", CREATE, image.toString());
  }
}
