package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A program that opens a connection before it has an event loop, for {@link ConnectionIT}. */
public final class ConnectionProbe {
  private ConnectionProbe() {}

  /** Prints what it is told; the arguments are a URI and the process ID of the daemon there. */
  public static void main(String[] arguments) throws Exception {
    Connect without = new Connect(arguments[0]);
    try {
      boolean unused = without.setKeepAlive(5, 5);
      throw new AssertionError("that can't be");
    } catch (LibvirtException e) {
      System.out.println("without: " + e.getMessage());
    }
    Connect with = new Connect(arguments[0]);
    System.out.println("with: " + with.setKeepAlive(5, 5));
    System.out.println("threads: " + eventThreads());
    ProcessHandle daemon = ProcessHandle.of(Long.parseLong(arguments[1])).orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().join();
    System.out.println("alive: " + without.isAlive() + ", " + with.isAlive());
    without.close();
    with.close();
  }

  /** Returns the names of the event threads of this process, which the JVM does not know of. */
  static List<String> eventThreads() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads
          .map(ConnectionProbe::name)
          .filter(name -> name.equals("libvirt-events"))
          .toList();
    }
  }

  /** A thread may have ended meanwhile. */
  private static String name(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
