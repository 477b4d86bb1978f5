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
 * A private libvirtd, started by examples/private-libvirtd.sh. {@link #close} ends the daemon and
 * its guests.
 */
public final class PrivateLibvirtd implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * Without this capability of QEMU, libvirt does not query 200 properties of a guest's processor
   * after each start. The queries take two thirds of the processor time of a start, because QEMU
   * reads them byte by byte. The definition of the running guest is the same without them.
   */
  private static final String FEWER_QUERIES =
      "capability_filters = [ \"cpu-unavailable-features\" ]";

  private final Path directory;
  private final String qemuSettings;
  private Process process;

  /** Creates the directory; {@link #start} starts the daemon. */
  public PrivateLibvirtd() throws IOException {
    this(FEWER_QUERIES);
  }

  private PrivateLibvirtd(String qemuSettings) throws IOException {
    this.qemuSettings = qemuSettings;
    // Not in java.io.tmpdir, because the path of a socket has at most 107 characters.
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

  /** Starts a daemon with the default settings of the QEMU driver, and waits until it answers. */
  static PrivateLibvirtd startedWithDefaultSettings() throws IOException {
    PrivateLibvirtd libvirtd = new PrivateLibvirtd("");
    libvirtd.start(Map.of());
    return libvirtd;
  }

  /** Starts a daemon that logs its calls to {@link #calls}, and waits until it answers. */
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

  /** Returns the log of a daemon that logs its calls. */
  Path calls() {
    return directory.resolve("calls");
  }

  /** Returns how many calls to revert are in the log of a daemon that logs its calls. */
  long timesAskedToRevert() throws IOException {
    try (Stream<String> lines = Files.lines(calls())) {
      return lines.filter(line -> line.contains(" virDomainRevertToSnapshot:")).count();
    }
  }

  /**
   * Starts the daemon, also after {@link #kill}, and waits until it answers. If the tests are
   * killed, the daemon ends after two minutes without a client.
   */
  public void start(Map<String, String> environment, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("examples/private-libvirtd.sh", directory.toString(), "--timeout", "600"));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("QEMU_SETTINGS", qemuSettings);
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

  /** Returns the output of the daemon. */
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

  /** Returns a URI of this daemon. */
  public String uri(String driver) {
    return driver + "?socket=" + socket();
  }

  /** Returns the socket of the daemon. */
  Path socket() {
    return directory.resolve("run/libvirt/libvirt-sock");
  }

  /** Returns the URI of the daemon's QEMU driver. */
  public String qemu() {
    return uri("qemu:///session");
  }

  /** Returns the directory, which is writable for the daemon. */
  public Path directory() {
    return directory;
  }

  /** Creates a storage pool over the directory, so that libvirt can read the disk images. */
  public void createPool(String name) throws IOException {
    run(
        "virsh",
        "--connect",
        qemu(),
        "pool-create-as",
        name,
        "dir",
        "--target",
        directory.toString());
  }

  /** Creates a disk image that is writable for the daemon. */
  public Path disk(String name) throws IOException {
    Path disk = directory.resolve(name + ".qcow2");
    run("qemu-img", "create", "-q", "-f", "qcow2", disk.toString(), "64M");
    give(disk);
    return disk;
  }

  /** Makes the user of the daemon and its guests the owner of a file. */
  public void give(Path file) throws IOException {
    Files.setOwner(file, Files.getOwner(directory));
  }

  /** Kills the daemon (SIGKILL); its guests continue to run. */
  public void kill() throws InterruptedException {
    daemon().destroyForcibly();
    process.waitFor();
  }

  /**
   * Starts the daemon after {@link #kill}. A daemon that is killed right before it starts a guest
   * leaves the domain locked (docs/found-in-libvirt.md); the workaround of that page is applied.
   */
  void startAfterKill() throws IOException {
    Path states = directory.resolve("run/libvirt/qemu/run");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(states, "*.xml")) {
      for (Path file : files) {
        if (Files.readString(file)
            .contains("<domstatus state='paused' reason='starting up' pid='0'>")) {
          System.out.println("killed right before the start of a guest: " + file.getFileName());
          Files.delete(file);
        }
      }
    }
    start(Map.of());
  }

  /** Stops the daemon (STOP) or continues it (CONT). */
  public void signal(String signal) {
    signal(daemon(), signal);
  }

  /** Returns the process ID of the daemon. */
  public long pid() {
    return daemon().pid();
  }

  /** Returns the number of connected clients. */
  public long clients() throws IOException {
    String connected = " 03 ";
    return Files.readAllLines(Path.of("/proc/net/unix")).stream()
        .filter(line -> line.endsWith(socket().toString()) && line.contains(connected))
        .count();
  }

  /** Returns the process of the daemon, which may be a child of the started process. */
  private ProcessHandle daemon() {
    return handle(directory.resolve("run/libvirt/libvirtd.pid"))
        .orElseThrow(() -> new AssertionError("libvirtd is not running: " + readLog()));
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

  /** Stops a process (STOP) or continues it (CONT). */
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

  /** Returns an unused TCP port of the loopback interface. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Runs a command, checks that it succeeds, and returns its output. */
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
