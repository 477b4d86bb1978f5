package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Opens a connection before the event loop and another one after it, for {@link ConnectionIT}. */
public final class ConnectionProbe {
  private ConnectionProbe() {}

  /** Prints the results; the arguments are a URI and the process ID of the daemon at that URI. */
  public static void main(String[] arguments) throws Exception {
    Connect before = new Connect(arguments[0]);
    try {
      boolean unused = before.setKeepAlive(5, 5);
      throw new AssertionError("keepalive works without an event loop");
    } catch (LibvirtException e) {
      System.out.println("opened before the event loop: " + e.getMessage());
    }
    Connect after = new Connect(arguments[0]);
    System.out.println("opened after: " + after.setKeepAlive(5, 5));
    System.out.println("threads: " + eventThreads());
    ProcessHandle daemon = ProcessHandle.of(Long.parseLong(arguments[1])).orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().join();
    System.out.println("alive: " + before.isAlive() + ", " + after.isAlive());
    before.close();
    after.close();
  }

  /** Returns the names of the native event threads of this process. */
  static List<String> eventThreads() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads
          .map(ConnectionProbe::name)
          .filter(name -> name.equals("libvirt-events"))
          .toList();
    }
  }

  /** Returns an empty name if the thread has ended. */
  private static String name(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
