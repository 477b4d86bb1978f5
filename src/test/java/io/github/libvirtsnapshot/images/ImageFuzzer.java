package io.github.libvirtsnapshot.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Jazzer calls with bytes that reach more and more of the code ({@code mvn -Pfuzz test}). */
public final class ImageFuzzer {
  private static final Path CORPUS = Path.of("target/fuzz");

  private ImageFuzzer() {}

  /** Writes the images that Jazzer begins with. */
  public static void fuzzerInitialize() throws IOException {
    Files.createDirectories(CORPUS);
    for (int i = 0; i < SampleImages.all().size(); i++) {
      Files.write(CORPUS.resolve("sample-" + i), SampleImages.all().get(i));
    }
  }

  /** Reads an image, and checks that the library keeps to its limits. */
  public static void fuzzerTestOneInput(byte[] image) {
    ReadLimits.check(SampleImages.bytesOf(image));
  }
}
