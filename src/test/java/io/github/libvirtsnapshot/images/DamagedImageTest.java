package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.SampleImages.bytesOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Allocation;
import io.github.libvirtsnapshot.images.Qcow2Reading.Outcome;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * Tests that the library reads any image without an exception, and within limits of memory and
 * reads. On a failure, jqwik prints the seed and the smallest set of changes that causes it.
 */
class DamagedImageTest {
  /** More than a reading of a sample image allocates, each of which has less than 40 kB. */
  private static final long MAX_ALLOCATED = 2_000_000;

  /** More than a reading of 16 MiB allocates; a snapshot has more bytes in memory than on disk. */
  private static final long MAX_ALLOCATED_OF_ENDLESS_IMAGE = 200_000_000;

  @Provide
  Arbitrary<MutatedImage> images() {
    return MutatedImage.any();
  }

  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
  void damagedImageIsReadWithinLimits(@ForAll("images") MutatedImage image) {
    checkLimits(bytesOf(image.bytes()), MAX_ALLOCATED);
  }

  /** The image has no end, so that only the limits end its reading. */
  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
  void endlessImageIsReadWithinLimits(@ForAll("images") MutatedImage image) {
    byte[] repeated = image.bytes();
    checkLimits(
        (offset, length) -> {
          byte[] bytes = new byte[length];
          for (int i = 0; i < length && repeated.length > 0; i++) {
            bytes[i] = repeated[(int) ((offset + i) % repeated.length)];
          }
          return bytes;
        },
        MAX_ALLOCATED_OF_ENDLESS_IMAGE);
  }

  /** A storage driver with a defect may return more or fewer bytes than requested. */
  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
  void readsOfWrongLengthAreToleratedWithinLimits(
      @ForAll("images") MutatedImage image, @ForAll @IntRange(max = 40_000) int length) {
    byte[] bytes = image.bytes();
    checkLimits(
        (offset, requested) ->
            Arrays.copyOf(bytesOf(bytes).read(offset, requested), (requested + length) % 40_000),
        MAX_ALLOCATED_OF_ENDLESS_IMAGE);
  }

  /** The image changes once, after some of the reads. */
  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
  void changingImageIsReadAsBeforeOrAsAfterOrNotAtAll(
      @ForAll("images") MutatedImage before,
      @ForAll("images") MutatedImage after,
      @ForAll @IntRange(max = 6) int reads) {
    AtomicLong left = new AtomicLong(reads);

    Qcow2Reading reading =
        Qcow2Reading.of(
            (offset, length) ->
                bytesOf(left.getAndDecrement() > 0 ? before.bytes() : after.bytes())
                    .read(offset, length));

    assertTrue(
        reading.outcome() == Outcome.CHANGED
            || reading.equals(Qcow2Reading.of(bytesOf(before.bytes())))
            || reading.equals(Qcow2Reading.of(bytesOf(after.bytes()))),
        reading::toString);
  }

  /** Without changes, the images can be read: otherwise the other tests would test too little. */
  @Example
  void sampleImagesAreRead() {
    for (byte[] image : SampleImages.all()) {
      assertEquals("", Qcow2Reading.of(bytesOf(image)).reason());
    }
  }

  private static void checkLimits(ImageBytes<RuntimeException> image, long maxAllocated) {
    long allocated = Allocation.of(() -> ReadLimits.check(image));
    assertTrue(allocated < maxAllocated, "%,d bytes".formatted(allocated));
  }
}
