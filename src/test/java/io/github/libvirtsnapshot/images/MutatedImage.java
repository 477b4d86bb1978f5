package io.github.libvirtsnapshot.images;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * A sample image with changes.
 *
 * @param sample the index of the image in {@link SampleImages#all}
 */
record MutatedImage(int sample, List<Mutation> mutations) {
  /** Returns any image with one to six changes. */
  static Arbitrary<MutatedImage> any() {
    return Combinators.combine(
            Arbitraries.integers().between(0, SampleImages.all().size() - 1),
            Mutation.any().list().ofMinSize(1).ofMaxSize(6))
        .as(MutatedImage::new);
  }

  /** Returns the bytes of the image. */
  byte[] bytes() {
    byte[] image = SampleImages.all().get(sample);
    for (Mutation mutation : mutations) {
      image = mutation.apply(image);
    }
    return image;
  }
}
