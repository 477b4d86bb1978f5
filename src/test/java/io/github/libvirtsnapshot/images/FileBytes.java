package io.github.libvirtsnapshot.images;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/** The bytes of an image in a local file. */
record FileBytes(FileChannel file) implements ImageBytes<IOException> {
  /** Reads an image. */
  static Qcow2Reading read(Path image) throws IOException {
    try (FileChannel file = FileChannel.open(image)) {
      return Qcow2Reading.of(new FileBytes(file));
    }
  }

  @Override
  public byte[] read(long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    int count = 0;
    while (bytes.hasRemaining() && count >= 0) {
      count = file.read(bytes, offset + bytes.position());
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
