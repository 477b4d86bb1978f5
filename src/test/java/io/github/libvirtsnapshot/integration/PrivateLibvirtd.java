package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A libvirtd of our own, started by examples/private-libvirtd.sh; it and its guests end with {@link
 * #close}.
 */
public final class PrivateLibvirtd implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path directory;
  private Process process;

  /** Makes the directory, but starts no daemon yet. */
  public PrivateLibvirtd() throws IOException {
    // Not in java.io.tmpdir: the path of a socket may be no longer than 107 characters.
    directory = Files.createTempDirectory(Path.of("/tmp"), "lv");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    if (Files.getOwner(directory).getName().equals("root")) {
      Files.setOwner(
          directory,
          directory
              .getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName("nobody"));
    }
  }

  /** Starts a daemon and waits until it answers. */
  public static PrivateLibvirtd started() throws IOException {
    PrivateLibvirtd libvirtd = new PrivateLibvirtd();
    libvirtd.start(Map.of());
    return libvirtd;
  }

  /** Starts a daemon that logs what it is asked for. */
  static PrivateLibvirtd logging() throws IOException {
    PrivateLibvirtd libvirtd = new PrivateLibvirtd();
    libvirtd.start(
        Map.of(
            "LIBVIRT_LOG_FILTERS",
            "1:libvirt",
            "LIBVIRT_LOG_OUTPUTS",
            "1:file:" + libvirtd.calls()));
    return libvirtd;
  }

  /** Returns where a daemon that logs does so. */
  Path calls() {
    return directory.resolve("calls");
  }

  /** Returns how often a daemon that logs was asked to revert. */
  long timesAskedToRevert() throws IOException {
    try (Stream<String> lines = Files.lines(calls())) {
      return lines.filter(line -> line.contains(" virDomainRevertToSnapshot:")).count();
    }
  }

  /**
   * Starts the daemon, also again after {@link #kill}, and waits until it answers. Where the tests
   * are killed, it ends by itself after two minutes without a client.
   */
  public void start(Map<String, String> environment, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("examples/private-libvirtd.sh", directory.toString(), "--timeout", "120"));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(Redirect.appendTo(log().toFile()));
    process = builder.start();
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!answers()) {
      assertTrue(
          process.isAlive() && Instant.now().isBefore(deadline),
          () -> "libvirtd did not start: " + readLog());
    }
  }

  private Path log() {
    return directory.resolveSibling(directory.getFileName() + ".log");
  }

  /** Returns what the daemon has logged. */
  public String readLog() {
    try {
      return Files.readString(log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean answers() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
      new Connect(uri("test+unix:///default")).close();
      return true;
    } catch (LibvirtException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns a URI that leads to this daemon. */
  public String uri(String driver) {
    return driver + "?socket=" + socket();
  }

  /** Returns the socket that it listens on. */
  Path socket() {
    return directory.resolve("run/libvirt/libvirt-sock");
  }

  /** Returns the URI of its QEMU driver. */
  public String qemu() {
    return uri("qemu:///session");
  }

  /** Returns the directory, which the daemon may write to. */
  public Path directory() {
    return directory;
  }

  /** Makes a disk image that the daemon may write to. */
  public Path disk(String name) throws IOException {
    Path disk = directory.resolve(name + ".qcow2");
    run("qemu-img", "create", "-q", "-f", "qcow2", disk.toString(), "64M");
    give(disk);
    return disk;
  }

  /** Gives a file to the user whom the daemon and its guests run as. */
  public void give(Path file) throws IOException {
    Files.setOwner(file, Files.getOwner(directory));
  }

  /** Ends the daemon at once (SIGKILL); its guests go on. */
  public void kill() throws InterruptedException {
    daemon().destroyForcibly();
    process.waitFor();
  }

  /** Stops the daemon (SIGSTOP), or lets it go on (SIGCONT). */
  public void signal(String signal) {
    signal(daemon(), signal);
  }

  /** Returns the number of the daemon's process. */
  public long pid() {
    return daemon().pid();
  }

  /** Returns how many clients are connected. */
  public long clients() throws IOException {
    String connected = " 03 ";
    return Files.readAllLines(Path.of("/proc/net/unix")).stream()
        .filter(line -> line.endsWith(socket().toString()) && line.contains(connected))
        .count();
  }

  /** Returns the daemon itself, which may be a child of the process that was started. */
  private ProcessHandle daemon() {
    return handle(directory.resolve("run/libvirt/libvirtd.pid"))
        .orElseThrow(() -> new AssertionError("libvirtd does not run: " + readLog()));
  }

  private static Optional<ProcessHandle> handle(Path pidFile) {
    try {
      return Optional.of(Files.readString(pidFile).strip())
          .filter(pid -> !pid.isEmpty())
          .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops a process, or lets it go on. */
  public static void signal(ProcessHandle process, String signal) {
    try {
      run("sh", "-c", "kill -" + signal + " " + process.pid());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the process of an active guest. */
  public Optional<ProcessHandle> guest(String name) {
    return handle(directory.resolve("run/libvirt/qemu/run").resolve(name + ".pid"));
  }

  /** Returns a TCP port of the loopback that nobody listens on. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Runs a command to its successful end and returns what it printed. */
  public static String run(String... command) throws IOException {
    Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertEquals(0, started.waitFor(), () -> String.join(" ", command) + ": " + output);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return output;
  }

  @Override
  public void close() throws IOException {
    try {
      process.destroy();
      process.waitFor();
      killGuests();
      MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
      Files.deleteIfExists(log());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void killGuests() throws IOException {
    Path state = directory.resolve("run/libvirt/qemu/run");
    if (Files.isDirectory(state)) {
      try (DirectoryStream<Path> pidFiles = Files.newDirectoryStream(state, "*.pid")) {
        for (Path pidFile : pidFiles) {
          handle(pidFile).ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    }
  }
}
