package io.github.libvirtsnapshot.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.integration.JavaProgram;
import io.github.libvirtsnapshot.integration.PrivateLibvirtd;
import io.github.libvirtsnapshot.internal.DomainLock;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Several processes run JUnit tests with the domains of one daemon. */
@Tag("another-process")
@Timeout(300)
class ForkedTestsIT {
  /** The fields of the test classes are initialized once, with its URI. */
  private static PrivateLibvirtd libvirtd;

  private static Connect connect;

  @TempDir Path folder;

  private Path locks;

  @BeforeAll
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    connect = new Connect(uri());
    for (String name : ForkedTests.DOMAINS) {
      try (Domain domain =
          connect.domainDefineXML(
              "<domain type='test'><name>"
                  + name
                  + "</name><memory>1024</memory><os><type>hvm</type></os></domain>")) {
        domain.create();
        domain.snapshotCreateXML("<domainsnapshot><name>clean</name></domainsnapshot>").close();
      }
    }
  }

  private static String uri() {
    return libvirtd.uri("test+unix:///default");
  }

  @AfterAll
  static void stop() throws IOException {
    connect.close();
    libvirtd.close();
  }

  @BeforeEach
  void setProperties() throws IOException {
    locks = folder.resolve("locks");
    Files.createDirectory(folder.resolve("holders"));
    settings().forEach(setting -> System.setProperty(setting.get(0), setting.get(1)));
  }

  @AfterEach
  void clearProperties() {
    settings().forEach(setting -> System.clearProperty(setting.get(0)));
  }

  private List<List<String>> settings() {
    return List.of(
        List.of("fork.uri", uri()),
        List.of("fork.holders", folder.resolve("holders").toString()),
        List.of(PreparedDomains.LOCK_FOLDER, locks.toString()));
  }

  private Process fork(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path")));
    settings().forEach(setting -> command.add("-D" + setting.get(0) + "=" + setting.get(1)));
    command.add(ForkedTests.class.getName());
    command.addAll(List.of(arguments));
    return JavaProgram.builder(command).redirectError(folder.resolve("err").toFile()).start();
  }

  @Test
  void processesNeverUseTheSameDomain() throws Exception {
    Process other = fork();
    BufferedReader out = other.inputReader(UTF_8);
    assertEquals("the first test has a domain", out.readLine());
    EngineExecutionResults results = ForkedTests.run();

    JupiterRun.assertAllSucceed(ForkedTests.TESTS, results);
    assertEquals(ForkedTests.TESTS + " tests succeeded", out.readLine());
    while (libvirtd.clients() > 1) {
      Thread.sleep(20);
    }
    try (Stream<Path> files = Files.list(locks)) {
      for (Path file : files.toList()) {
        assertFalse(DomainLock.isLocked(file), file.toString());
      }
    }
  }

  @Test
  void testWaitsForProcessThatHasItsDomainUntilThatIsKilled() throws Exception {
    Path lock;
    try (Domain domain = connect.domainLookupByName("web01")) {
      lock = DomainLock.file(locks, uri(), domain.getUUIDString());
    }
    Process other = fork(lock.toString());
    assertEquals(lock.toString(), other.inputReader(UTF_8).readLine());

    List<Throwable> failures = JupiterRun.failures(JupiterRun.of(ForkedTests.Impatient.class));
    assertEquals(1, failures.size());
    String message = failures.get(0).getMessage();
    assertTrue(message.contains("is used by process " + other.pid() + ", which"), message);

    other.destroyForcibly().waitFor();
    JupiterRun.assertAllSucceed(1, JupiterRun.of(ForkedTests.Impatient.class));
  }

  @Test
  void folderThatIsNotWritableIsNamedWithTheWayOut() throws Exception {
    Files.createFile(locks);
    List<Throwable> failures = JupiterRun.failures(JupiterRun.of(ForkedTests.Impatient.class));
    assertEquals(1, failures.size());
    String message = failures.get(0).getMessage();
    assertTrue(message.contains(locks.toString()), message);
    assertTrue(
        message.endsWith(
            "name another folder with the JUnit configuration parameter"
                + " io.github.libvirtsnapshot.lockFolder"),
        message);
  }
}
