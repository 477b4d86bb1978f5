package io.github.libvirtsnapshot.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/** Compares what the library and QEMU read of an image of which some bytes were changed. */
@Tag("qemu")
@Tag("recent-qemu")
class MutatedImageIT {
  private static Path image;

  @BeforeContainer
  static void createFile() throws IOException {
    image = Files.createTempFile("web", ".qcow2");
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    Files.delete(image);
  }

  @Provide
  Arbitrary<MutatedImage> images() {
    return MutatedImage.any();
  }

  /** QEMU reads zeros beyond the end of a file. */
  private static byte[] readAsQemu(byte[] image, long offset, int length) {
    byte[] read = new byte[length];
    if (offset < image.length) {
      System.arraycopy(image, (int) offset, read, 0, (int) Math.min(length, image.length - offset));
    }
    return read;
  }

  /** QEMU checks more of an image than the library reads, so QEMU may refuse more images. */
  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void libraryReadsSameAsQemu(@ForAll("images") MutatedImage mutated) throws IOException {
    byte[] bytes = mutated.bytes();
    Files.write(image, bytes);
    Qcow2Reading reading = Qcow2Reading.of((offset, length) -> readAsQemu(bytes, offset, length));
    Optional<Qcow2Image> qemu = QemuImgInfo.of(image);

    Statistics.collect(reading.outcome(), qemu.isPresent());
    if (qemu.isPresent()) {
      assertEquals("", reading.reason());
      assertEquals(qemu, reading.image().map(QemuImgInfo::comparable));
    }
  }
}
