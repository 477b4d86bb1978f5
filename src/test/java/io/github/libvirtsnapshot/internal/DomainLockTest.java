package io.github.libvirtsnapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DomainLockTest {
  private static final String UUID = "8bd5a7e2-3c0a-4b5a-9c53-2f2f0a8c4c11";

  @TempDir Path folder;

  private Path file(String uri) {
    return DomainLock.file(folder.resolve("new").resolve("locks"), uri, UUID);
  }

  @Test
  void fileHasOneLockUntilItIsReleased() throws IOException {
    Path file = file("qemu:///system");
    try (DomainLock lock = DomainLock.tryLock(file).orElseThrow()) {
      assertEquals(file, lock.file());
      assertTrue(DomainLock.isLocked(file));
      assertEquals(Optional.empty(), DomainLock.tryLock(file));
      assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(file));
    }
    assertFalse(DomainLock.isLocked(file));
  }

  @Test
  void threadsThatCheckFileDoNotFindEachOther() throws Exception {
    Path file = file("qemu:///system");
    DomainLock.tryLock(file).orElseThrow().close();
    Callable<Integer> checks =
        () -> {
          int found = 0;
          for (int i = 0; i < 2_000; i++) {
            found += DomainLock.isLocked(file) ? 1 : 0;
          }
          return found;
        };
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (Future<Integer> found : threads.invokeAll(List.of(checks, checks))) {
        assertEquals(0, found.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void checkFindsLockOfAnotherProcessButNotItsCheck() throws Exception {
    Path file = file("qemu:///system");
    DomainLock.tryLock(file).orElseThrow().close();
    assertFalse(isLockedWhileAnotherProcessHas("shared", file));
    assertTrue(isLockedWhileAnotherProcessHas("exclusive", file));
  }

  private static boolean isLockedWhileAnotherProcessHas(String kind, Path file) throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                kind,
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertEquals('l', holder.getInputStream().read());
      return DomainLock.isLocked(file);
    } finally {
      holder.destroyForcibly().waitFor();
    }
  }

  /** A program that locks a file until the program is ended. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      boolean isShared = arguments[0].equals("shared");
      try (FileChannel channel =
              FileChannel.open(
                  Path.of(arguments[1]), StandardOpenOption.READ, StandardOpenOption.WRITE);
          FileLock lock = channel.lock(0, Long.MAX_VALUE, isShared)) {
        System.out.println("locked: " + lock.isValid());
        Thread.sleep(Long.MAX_VALUE);
      }
    }
  }

  @Test
  void releasingTwiceDoesNotReleaseTheNextLock() throws IOException {
    Path file = file("qemu:///system");
    DomainLock first = DomainLock.tryLock(file).orElseThrow();
    first.close();
    try (DomainLock next = DomainLock.tryLock(file).orElseThrow()) {
      first.close();
      assertEquals(file, next.file());
      assertTrue(DomainLock.isLocked(file));
    }
  }

  @Test
  void lockIsKeptWhileSystemPropertiesAreReplaced() throws IOException {
    Path file = file("qemu:///system");
    Properties before = System.getProperties();
    try (DomainLock lock = DomainLock.tryLock(file).orElseThrow()) {
      System.setProperties(new Properties());
      System.setProperty("user.home", before.getProperty("user.home"));
      assertTrue(DomainLock.isLocked(lock.file()));
      assertEquals(Optional.empty(), DomainLock.tryLock(file));
    } finally {
      System.setProperties(before);
    }
    assertFalse(DomainLock.isLocked(file));
  }

  @Test
  void usersWhoMayWriteToTheFolderCanLockItsFiles() throws IOException {
    assertEquals("rw-------", permissionsOfLockIn("rwxr-xr-x"));
    assertEquals("rw-rw----", permissionsOfLockIn("rwxrwx---"));
    assertEquals("rw-rw-rw-", permissionsOfLockIn("rwxrwxrwx"));
  }

  private String permissionsOfLockIn(String permissionsOfFolder) throws IOException {
    Path shared = Files.createDirectory(folder.resolve(permissionsOfFolder));
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString(permissionsOfFolder));
    Path file = shared.resolve("a");
    DomainLock.tryLock(file).orElseThrow().close();
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void fileIsTheSameThroughSymbolicLinks() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    try (DomainLock lock = DomainLock.tryLock(real.resolve("a")).orElseThrow()) {
      assertEquals(real.resolve("a"), lock.file());
      assertTrue(DomainLock.isLocked(link.resolve("a")));
    }
  }

  /** Reading a locked file in the same process would release its lock, for another process too. */
  @Test
  void anotherClassLoaderDoesNotReleaseTheLock() throws Exception {
    Path file = file("qemu:///system");
    try (DomainLock lock = DomainLock.tryLock(file).orElseThrow();
        URLClassLoader other =
            new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
      assertEquals(file, lock.file());
      Class<?> otherLock = other.loadClass(DomainLock.class.getName());
      assertNotEquals(DomainLock.class, otherLock);
      assertEquals(true, otherLock.getMethod("isLocked", Path.class).invoke(null, file));
      assertTrue(isLockedForAnotherProcess(file));
    }
    assertFalse(isLockedForAnotherProcess(file));
  }

  private static URL[] classPath() throws IOException {
    List<URL> urls = new ArrayList<>();
    for (String entry :
        Splitter.on(File.pathSeparatorChar).split(System.getProperty("java.class.path"))) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    return urls.toArray(URL[]::new);
  }

  /** The kernel lists the locks of all processes. */
  private static boolean isLockedForAnotherProcess(Path file) throws IOException {
    String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
    return Files.readAllLines(Path.of("/proc/locks")).stream()
        .anyMatch(line -> line.contains(inode));
  }

  @Test
  void urisThatLeadToOneHostHaveOneFile() {
    Path file = file("qemu://host1/system");
    assertEquals(file, file("qemu+tls://host1/system"));
    assertEquals(file, file("qemu+ssh://root@host1/system?no_verify=1"));
    assertNotEquals(file, file("qemu+tls://host2/system"));
    assertNotEquals(file, file("qemu://host1/session"));
    assertNotEquals(
        file("qemu:///session?socket=/a"), file("qemu:///session?mode=direct&socket=/b"));
    assertNotEquals(file("no URI"), file("another one"));
  }

  /** Each process has its own domains of the test driver. */
  @Test
  void lockOfDriverInThisProcessHasNoFile() throws IOException {
    Path file = file("test:///default");
    try (DomainLock lock = DomainLock.tryLock(file).orElseThrow()) {
      assertEquals(file, lock.file());
      assertTrue(DomainLock.isLocked(file));
      assertEquals("this process", DomainLock.owner(file));
      assertFalse(Files.exists(folder.resolve("new")));
    }
    assertFalse(DomainLock.isLocked(file));
    for (String daemon : List.of("test+unix:///default", "test://host1/default")) {
      DomainLock.tryLock(file(daemon)).orElseThrow().close();
      assertTrue(Files.exists(file(daemon)), daemon);
    }
  }

  @Test
  void ownerIsThisProcessOrTheLastOne() throws IOException {
    Path file = file("qemu:///system");
    try (DomainLock lock = DomainLock.tryLock(file).orElseThrow()) {
      assertEquals("this process", DomainLock.owner(lock.file()));
      assertTrue(isLockedForAnotherProcess(file));
    }
    assertEquals("process " + ProcessHandle.current().pid(), DomainLock.owner(file));
  }
}
