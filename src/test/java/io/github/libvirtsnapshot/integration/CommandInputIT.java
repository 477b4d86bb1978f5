package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What others have chosen can't steer the commands: names, and the files that the commands read.
 */
@Timeout(120)
class CommandInputIT {
  @TempDir private Path folder;
  private PrivateLibvirtd libvirtd;
  private String uri;
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    uri = libvirtd.uri("test+unix:///default");
    connect = new Connect(uri);
    domain = connect.domainLookupByName("test");
    Guests.takeSnapshots(domain);
  }

  @AfterEach
  void stop() throws IOException {
    domain.close();
    connect.close();
    libvirtd.close();
  }

  /** Runs a command in the folder. */
  private Result run(String command, String... arguments) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                ImmutableList.<String>builder()
                    .add(Path.of("examples", command).toAbsolutePath().toString())
                    .add(arguments)
                    .build())
            .directory(folder.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return JavaProgram.run(builder);
  }

  private Result revertDomain(String... arguments) throws Exception {
    return run("revert-domain", arguments);
  }

  private Result revertFleet(String... arguments) throws Exception {
    return run("revert-fleet", arguments);
  }

  private static void assertReverts(Result result) {
    assertEquals(0, result.status(), result.err());
  }

  @Test
  void noArgumentIsReadFromAFile() throws Exception {
    Guests.take(domain, "@args.txt");
    Files.writeString(folder.resolve("args.txt"), "shutoff\n--force\n");

    Result named = revertDomain(uri, "test", "@args.txt");
    assertTrue(named.out().contains(", snapshot @args.txt, "), named.toString());
    assertReverts(revertFleet("--", "@args.txt", uri, "test"));
    assertEquals("@args.txt", domain.snapshotCurrentName().orElseThrow());

    Result list = revertDomain("--list", "--", uri, "@args.txt");
    assertTrue(list.err().contains("domain \"@args.txt\""), list.toString());
    Files.delete(folder.resolve("args.txt"));
    assertReverts(revertDomain("--", uri, "test", "@args.txt"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--current", "-x", "@@args.txt", "${sys:user.home}", "'a,b'", "{0}%n"})
  void eachNameCanBeGivenAfterTwoHyphens(String name) throws Exception {
    Guests.take(domain, name);
    Guests.take(domain, "later");

    Result result = revertDomain("--force", "--", uri, "test", name);
    assertReverts(result);
    assertTrue(result.out().contains(", snapshot " + name + ", "), result.out());
    assertReverts(revertFleet("--", name, uri, "test"));
    assertEquals(name, domain.snapshotCurrentName().orElseThrow());
  }
}
