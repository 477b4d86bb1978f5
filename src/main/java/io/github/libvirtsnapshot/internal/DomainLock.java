package io.github.libvirtsnapshot.internal;

import static java.util.Objects.requireNonNull;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Security;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The exclusive use of a domain, among all processes of this machine that use the same folder. The
 * operating system releases the lock when the process ends in any way. Lock files stay in the
 * folder: if a process deleted one, two other processes could lock the domain in two files.
 *
 * <p>Each process has its own domains of libvirt's test driver, unless a daemon runs the driver.
 * The lock of such a domain applies to this process only, and no file is created.
 */
public final class DomainLock implements AutoCloseable {
  /**
   * The prefix of the security properties that mark the locks of this process. The locks of files
   * belong to a process, and closing any channel of a file releases them, so that a second channel
   * must not be opened. Security properties apply to all class loaders. A program can replace its
   * system properties, as tests do that restore them, but not its security properties.
   */
  private static final String HELD = "io.github.libvirtsnapshot.lock:";

  /** A lock whose file has a name that begins so is of this process only, without a file. */
  private static final String IN_PROCESS = "in-process-";

  private static final Pattern URI =
      Pattern.compile(
          "(?<driver>[^:+]*)(?<transport>\\+[^:]*)?://([^/?#]*@)?(?<rest>[^?#]*)(?<parameters>.*)");

  private static final Pattern SOCKET = Pattern.compile("[?&]socket=([^&#]*)");

  private final Path file;
  private final String property;
  private final Optional<FileChannel> channel;
  private final AtomicBoolean closed = new AtomicBoolean();

  private DomainLock(Path file, String property, Optional<FileChannel> channel) {
    this.file = file;
    this.property = property;
    this.channel = channel;
  }

  /** Returns the folder of the user's locks: {@code ~/.local/state/libvirt-snapshot/locks}. */
  public static Path defaultFolder() {
    return Path.of(System.getProperty("user.home"), ".local", "state", "libvirt-snapshot", "locks");
  }

  /**
   * Returns the lock file of a domain.
   *
   * @param uri the URI of the host, not empty
   */
  public static Path file(Path folder, String uri, String uuid) {
    return folder.resolve(
        (isInProcess(uri) ? IN_PROCESS : "")
            + uuid
            + "-"
            + Hashing.sha256().hashString(host(uri), StandardCharsets.UTF_8)
            + ".lock");
  }

  /** Returns whether libvirt runs the driver in this process: the test driver without a host. */
  private static boolean isInProcess(String uri) {
    Matcher parts = URI.matcher(uri);
    return parts.matches()
        && parts.group("driver").equals("test")
        && parts.group("transport") == null
        && parts.group("rest").startsWith("/");
  }

  /**
   * Returns a text that is equal for URIs of one host: those that differ only in the transport, the
   * user or parameters other than the socket.
   */
  public static String host(String uri) {
    Matcher parts = URI.matcher(uri);
    if (!parts.matches()) {
      return uri;
    }
    Matcher socket = SOCKET.matcher(parts.group("parameters"));
    return parts.group("driver")
        + "://"
        + parts.group("rest")
        + (socket.find() ? "?socket=" + socket.group(1) : "");
  }

  /**
   * Locks a file, which is created if it does not exist, together with its folder.
   *
   * @return the lock; empty if this process or another one has locked the file
   */
  public static Optional<DomainLock> tryLock(Path file) throws IOException {
    String property = property(file);
    if (!mark(property)) {
      return Optional.empty();
    }
    Optional<DomainLock> lock = Optional.empty();
    try {
      lock =
          isInProcess(file)
              ? Optional.of(new DomainLock(file, property, Optional.empty()))
              : tryLock(file, property);
      return lock;
    } finally {
      if (lock.isEmpty()) {
        unmark(property);
      }
    }
  }

  private static boolean isInProcess(Path file) {
    return String.valueOf(file.getFileName()).startsWith(IN_PROCESS);
  }

  private static String property(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    if (isInProcess(file)) {
      return HELD + absolute;
    }
    Path folder = requireNonNull(absolute.getParent());
    // Some updates of JDK 17 fail here if the folder is a symbolic link to a folder.
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
    return HELD + folder.toRealPath().resolve(absolute.getFileName());
  }

  /** Returns the object that guards a property and its file, for all class loaders. */
  private static Object monitor(String property) {
    return property.intern();
  }

  private static boolean isMarked(String property) {
    return "held".equals(Security.getProperty(property));
  }

  /** Returns false if the property is marked already. */
  private static boolean mark(String property) {
    synchronized (monitor(property)) {
      if (isMarked(property)) {
        return false;
      }
      Security.setProperty(property, "held");
      return true;
    }
  }

  private static void unmark(String property) {
    synchronized (monitor(property)) {
      Security.setProperty(property, "");
    }
  }

  private static Optional<DomainLock> tryLock(Path file, String property) throws IOException {
    createIfMissing(file);
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      locked = channel.tryLock() != null;
      if (!locked) {
        return Optional.empty();
      }
      byte[] owner = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
      channel.truncate(0).write(ByteBuffer.wrap(owner), 0);
      return Optional.of(new DomainLock(file, property, Optional.of(channel)));
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  /** Creates the file so that all users who may create files in its folder can lock it. */
  private static void createIfMissing(Path file) throws IOException {
    Path parent = requireNonNull(file.toAbsolutePath().getParent());
    if (Files.exists(file)
        || !file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    Set<PosixFilePermission> folder = Files.getPosixFilePermissions(parent);
    Set<PosixFilePermission> permissions = PosixFilePermissions.fromString("rw-------");
    if (folder.contains(PosixFilePermission.GROUP_WRITE)) {
      permissions.addAll(PosixFilePermissions.fromString("---rw----"));
    }
    if (folder.contains(PosixFilePermission.OTHERS_WRITE)) {
      permissions.addAll(PosixFilePermissions.fromString("------rw-"));
    }
    try {
      Files.setPosixFilePermissions(Files.createFile(file), permissions);
    } catch (FileAlreadyExistsException e) {
      // Another process has created the file meanwhile.
    }
  }

  /**
   * Returns whether this process or another one has locked the file. Two processes or threads that
   * check a file at the same time do not find each other.
   */
  public static boolean isLocked(Path file) throws IOException {
    if (!isInProcess(file) && Files.notExists(file)) {
      return false;
    }
    String property = property(file);
    synchronized (monitor(property)) {
      return isMarked(property) || (!isInProcess(file) && isLockedElsewhere(file));
    }
  }

  /** Several processes can have a shared lock, but none while another one has the lock. */
  private static boolean isLockedElsewhere(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return shared == null;
    }
  }

  /** Returns which process has locked the file, or did so last, for a message. */
  public static String owner(Path file) throws IOException {
    String property = property(file);
    synchronized (monitor(property)) {
      return isInProcess(file) || isMarked(property)
          ? "this process"
          : "process " + Files.readString(file).strip();
    }
  }

  /** Returns the file that is locked. */
  public Path file() {
    return file;
  }

  /** Releases the lock. Calling it again does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      // The lock is released with the channel, and then this process may open another one.
      channel.ifPresent(
          open -> {
            var unused = Tried.failure(open::close);
          });
      unmark(property);
    }
  }
}
