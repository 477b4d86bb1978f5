package io.github.libvirtsnapshot.images;

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
  private static final int MAX_READ = 1 << 20;
  private static final int MAX_REQUESTED = 16 << 20;
  private static final int MAX_READS = 1024;

  /** A reading of these images, each of which has less than 40 KB, allocates much less. */
  private static final long MAX_ALLOCATED = 2_000_000;

  /** A snapshot in memory has up to ten times as many bytes as in the image. */
  private static final long MAX_ALLOCATED_OF_ENDLESS_IMAGE = 200_000_000;

  @Provide
  Arbitrary<MutatedImage> images() {
    return MutatedImage.any();
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void damagedImageIsReadWithinLimits(@ForAll("images") MutatedImage image) {
    checkLimits(bytesOf(image.bytes()), MAX_ALLOCATED);
  }

  /** The image has no end, so that only the limits end its reading. */
  @Property(edgeCases = EdgeCasesMode.NONE)
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
  @Property(edgeCases = EdgeCasesMode.NONE)
  void readsOfWrongLengthAreToleratedWithinLimits(
      @ForAll("images") MutatedImage image, @ForAll @IntRange(max = 40_000) int length) {
    checkLimits(
        (offset, requested) ->
            Arrays.copyOf(
                bytesOf(image.bytes()).read(offset, requested), (requested + length) % 40_000),
        MAX_ALLOCATED);
  }

  /** The image changes once, after some of the reads. */
  @Property(edgeCases = EdgeCasesMode.NONE)
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

  private static ImageBytes<RuntimeException> bytesOf(byte[] image) {
    return (offset, length) ->
        offset >= image.length
            ? new byte[0]
            : Arrays.copyOfRange(
                image, (int) offset, (int) Math.min(image.length, offset + length));
  }

  private static void checkLimits(ImageBytes<RuntimeException> image, long maxAllocated) {
    AtomicLong reads = new AtomicLong();
    AtomicLong requested = new AtomicLong();
    ImageBytes<RuntimeException> counted =
        (offset, length) -> {
          assertTrue(offset >= 0 && length > 0 && length <= MAX_READ, offset + ", " + length);
          assertTrue(reads.incrementAndGet() <= MAX_READS, reads::toString);
          assertTrue(requested.addAndGet(length) <= MAX_REQUESTED, requested::toString);
          return image.read(offset, length);
        };

    long allocated =
        Allocation.of(() -> assertTrue(!Qcow2Reading.of(counted).toString().isEmpty()));
    assertTrue(allocated < maxAllocated, "%,d bytes".formatted(allocated));
  }
}
