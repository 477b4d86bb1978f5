package io.github.libvirtsnapshot.integration;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The Linux of make-linux.sh. It is made once in a build, as that downloads a kernel and takes
 * longer than to boot it.
 */
final class TestLinux {
  private static final Path SCRIPT = Path.of("src/test/make-linux.sh");
  private static final Path MADE = Path.of("target/linux");
  private static final List<String> FILES = List.of("vmlinuz", "initrd.gz");

  private TestLinux() {}

  /** Copies it into the directory of a daemon, whose guests may read it there. */
  static Path copyTo(PrivateLibvirtd libvirtd) throws IOException {
    Path copy = Files.createDirectory(libvirtd.directory().resolve("linux"));
    makeOnce();
    for (String file : FILES) {
      Files.copy(MADE.resolve(file), copy.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
    }
    return copy;
  }

  /** Tests in other processes may need it at the same time. */
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
    return Files.isDirectory(MADE)
        && Files.getLastModifiedTime(MADE).compareTo(Files.getLastModifiedTime(SCRIPT)) > 0;
  }

  /** A script that is killed leaves nothing that looks complete. */
  private static void make() throws IOException {
    Path unfinished = Path.of("target/linux.unfinished");
    PrivateLibvirtd.run(SCRIPT.toString(), unfinished.toString());
    PrivateLibvirtd.run("rm", "-rf", MADE.toString());
    Files.move(unfinished, MADE, StandardCopyOption.ATOMIC_MOVE);
  }
}
