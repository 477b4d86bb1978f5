package io.github.libvirtsnapshot.internal;

import static java.util.Objects.requireNonNull;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The exclusive use of a domain, among all processes of this machine that use the same folder. The
 * operating system releases the lock when the process ends in any way. Lock files stay in the
 * folder: if a process deleted one, two other processes could lock the domain in two files.
 */
public final class DomainLock implements AutoCloseable {
  /**
   * The prefix of the system properties that mark the locks of this process. The locks of files
   * belong to a process, and closing any channel of a file releases them, so that a second channel
   * must not be opened. The properties apply to all class loaders.
   */
  private static final String HELD = "io.github.libvirtsnapshot.lock:";

  private static final Pattern URI =
      Pattern.compile("(?<driver>[^:+]*)(\\+[^:]*)?://([^/?#]*@)?(?<rest>[^?#]*)(?<parameters>.*)");
  private static final Pattern SOCKET = Pattern.compile("[?&]socket=([^&#]*)");

  private final Path file;
  private final String property;
  private final FileChannel channel;
  private final AtomicBoolean closed = new AtomicBoolean();

  private DomainLock(Path file, String property, FileChannel channel) {
    this.file = file;
    this.property = property;
    this.channel = channel;
  }

  /** Returns the folder of the user's locks: {@code ~/.local/state/libvirt-snapshot/locks}. */
  public static Path defaultFolder() {
    return Path.of(System.getProperty("user.home"), ".local", "state", "libvirt-snapshot", "locks");
  }

  /**
   * Returns the lock file of a domain. URIs that differ only in the transport, the user or
   * parameters other than the socket are those of one host.
   *
   * @param uri the URI of the host
   */
  public static Path file(Path folder, String uri, String uuid) {
    return folder.resolve(
        uuid + "-" + Hashing.sha256().hashString(host(uri), StandardCharsets.UTF_8) + ".lock");
  }

  private static String host(String uri) {
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
    Files.createDirectories(requireNonNull(file.toAbsolutePath().getParent()));
    String property = property(file);
    if (System.getProperties().putIfAbsent(property, "") != null) {
      return Optional.empty();
    }
    Optional<DomainLock> lock = Optional.empty();
    try {
      lock = tryLock(file, property);
      return lock;
    } finally {
      if (lock.isEmpty()) {
        System.getProperties().remove(property);
      }
    }
  }

  private static String property(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    return HELD + requireNonNull(absolute.getParent()).toRealPath().resolve(absolute.getFileName());
  }

  private static Optional<DomainLock> tryLock(Path file, String property) throws IOException {
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
      return Optional.of(new DomainLock(file, property, channel));
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  /** Returns whether this process or another one has locked the file. */
  public static boolean isLocked(Path file) throws IOException {
    Optional<DomainLock> lock = tryLock(file);
    lock.ifPresent(DomainLock::close);
    return lock.isEmpty();
  }

  /** Returns whether this is the lock of a file. */
  public boolean isOf(Path other) {
    return file.equals(other);
  }

  /** Releases the lock. Calling it again does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      // The lock is released with the channel, and then this process may open another one.
      var unused = Tried.failure(channel::close);
      System.getProperties().remove(property);
    }
  }
}
