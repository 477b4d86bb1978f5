package io.github.libvirtsnapshot.integration;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The Linux of make-linux.sh. A build makes it once, because that downloads a kernel and takes
 * longer than booting it.
 */
final class TestLinux {
  private static final Path SCRIPT = Path.of("src/test/make-linux.sh");
  private static final Path DIRECTORY = Path.of("target/linux");
  private static final List<String> FILES = List.of("vmlinuz", "initrd.gz");

  private TestLinux() {}

  /** Copies the Linux to the directory of a daemon, where its guests can read it. */
  static Path copyTo(PrivateLibvirtd libvirtd) throws IOException {
    Path copy = Files.createDirectories(libvirtd.directory().resolve("linux"));
    makeOnce();
    for (String file : FILES) {
      Files.copy(
          DIRECTORY.resolve(file),
          copy.resolve(file),
          StandardCopyOption.COPY_ATTRIBUTES,
          StandardCopyOption.REPLACE_EXISTING);
    }
    return copy;
  }

  /** The file lock is for tests in other processes. */
  private static synchronized void makeOnce() throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                Path.of("target/linux.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var held = channel.lock()) {
      if (held.isValid() && !isUpToDate()) {
        make();
      }
    }
  }

  private static boolean isUpToDate() throws IOException {
    return Files.isDirectory(DIRECTORY)
        && Files.getLastModifiedTime(DIRECTORY).compareTo(Files.getLastModifiedTime(SCRIPT)) > 0;
  }

  /** The move is atomic, so a killed script leaves no directory that looks complete. */
  private static void make() throws IOException {
    Path unfinished = Path.of("target/linux.unfinished");
    PrivateLibvirtd.run(SCRIPT.toString(), unfinished.toString());
    PrivateLibvirtd.run("rm", "-rf", DIRECTORY.toString());
    Files.move(unfinished, DIRECTORY, StandardCopyOption.ATOMIC_MOVE);
  }
}
