package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.Qcow2Builder.BACKING_FORMAT;
import static io.github.libvirtsnapshot.images.Qcow2Builder.DATA_FILE;
import static io.github.libvirtsnapshot.images.Qcow2Builder.longs;
import static io.github.libvirtsnapshot.images.Qcow2Builder.utf8;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.Arrays;

/** Images that QEMU can open, with all parts that the library reads. */
final class SampleImages {
  /** A snapshot of some of these images, as libvirt describes it. */
  static final SnapshotDescription SNAPSHOT =
      SnapshotDescription.parse(
          "<domainsnapshot><name>clean</name><state>shutoff</state></domainsnapshot>");

  private SampleImages() {}

  static ImmutableList<byte[]> all() {
    return ImmutableList.of(
        new Qcow2Builder().build(),
        new Qcow2Builder()
            .version(2)
            .backingFile("golden.raw")
            .extension(BACKING_FORMAT, "raw")
            .snapshot(utf8("1"), utf8("clean"), 1_600_000_000, 5, 7, 0, new byte[0])
            .build(),
        new Qcow2Builder()
            .incompatible(1)
            .backingFile("/images/golden.qcow2")
            .extension(BACKING_FORMAT, "qcow2")
            .snapshot("1", "2")
            .snapshot("2", "1")
            .snapshot(
                utf8("3"),
                utf8("größer"),
                1_700_000_000,
                999_999_999,
                5_000_000_001L,
                0,
                longs(40_000_000_000L, 1 << 20, -1))
            .bitmap("backup-monday", 1)
            .bitmap("backup-tuesday", 2)
            .build(),
        new Qcow2Builder()
            .incompatible(1 << 2)
            .extension(DATA_FILE, "web.raw")
            .bitmap("backup", 3)
            .build(),
        new Qcow2Builder()
            .tablesAt(1 << 14)
            .snapshot("1", "clean")
            .snapshot("2", "clean")
            .bitmap("backup", 2)
            .build());
  }

  /** Returns the bytes of an image in memory. */
  static ImageBytes<RuntimeException> bytesOf(byte[] image) {
    return (offset, length) ->
        offset >= image.length
            ? new byte[0]
            : Arrays.copyOfRange(
                image, (int) offset, (int) Math.min(image.length, offset + length));
  }
}
