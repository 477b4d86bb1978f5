package io.github.libvirtsnapshot.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The limits of the reads of an image. */
final class ReadLimits {
  private static final int MAX_READ = 1 << 20;
  private static final int MAX_REQUESTED = 16 << 20;
  private static final int MAX_READS = 1024;

  private ReadLimits() {}

  /** Reads an image and compares its content, and checks that the library keeps to its limits. */
  static void check(ImageBytes<RuntimeException> image) {
    AtomicLong reads = new AtomicLong();
    AtomicLong requested = new AtomicLong();
    ImageBytes<RuntimeException> counted =
        (offset, length) -> {
          assertTrue(offset >= 0 && length > 0 && length <= MAX_READ, offset + ", " + length);
          assertTrue(reads.incrementAndGet() <= MAX_READS, reads::toString);
          assertTrue(requested.addAndGet(length) <= MAX_REQUESTED, requested::toString);
          return image.read(offset, length);
        };
    Qcow2Reading reading = Qcow2Reading.of(counted);
    assertEquals(reading.image().isPresent(), reading.reason().isEmpty());
    reads.set(0);
    requested.set(0);
    Optional<Boolean> unused = Qcow2Content.isOf(SampleImages.SNAPSHOT, counted);
  }
}
