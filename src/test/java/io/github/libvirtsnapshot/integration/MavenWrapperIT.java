package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code .mvn/mvnw} with a JDK and the usual tools, but without Maven. */
@Tag("any-jdk")
@Timeout(300)
class MavenWrapperIT {
  private static final Path SETTINGS = Path.of(".mvn/wrapper/maven-wrapper.properties");

  /** Neither Maven, nor a program that downloads files. */
  private static final List<String> TOOLS =
      List.of(
          "sh",
          "uname",
          "dirname",
          "basename",
          "tr",
          "mktemp",
          "mkdir",
          "cat",
          "sha256sum",
          "tar",
          "gzip",
          "mv",
          "rm");

  @TempDir static Path folder;

  private static String version;
  private static HttpServer repository;

  /** Gets the Maven that the wrapper would download, and serves it as a repository does. */
  @BeforeAll
  static void serveMaven() throws Exception {
    Properties settings = new Properties();
    settings.load(Files.newBufferedReader(SETTINGS));
    String url = settings.getProperty("distributionUrl");
    version =
        Pattern.compile("/apache-maven/([0-9.]+)/apache-maven-\\1-bin\\.tar\\.gz$")
            .matcher(url)
            .results()
            .map((MatchResult found) -> found.group(1))
            .findFirst()
            .orElseThrow(() -> new AssertionError(url));
    ScriptRun copied =
        ScriptRun.of(
            "mvn",
            "-B",
            "-q",
            "dependency:copy",
            "-Dartifact=org.apache.maven:apache-maven:" + version + ":tar.gz:bin",
            "-DoutputDirectory=" + folder);
    assertEquals(0, copied.status(), copied.output());
    Path bin = Files.createDirectory(folder.resolve("bin"));
    for (String tool : TOOLS) {
      Path found = Path.of(PrivateLibvirtd.run("sh", "-c", "command -v " + tool).strip());
      Files.createSymbolicLink(bin.resolve(tool), found);
    }
    repository = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    repository.createContext(url.substring(url.indexOf("/org/apache/")), MavenWrapperIT::send);
    repository.start();
  }

  private static void send(HttpExchange exchange) throws IOException {
    byte[] content = Files.readAllBytes(folder.resolve("apache-maven-" + version + "-bin.tar.gz"));
    exchange.sendResponseHeaders(200, content.length);
    exchange.getResponseBody().write(content);
    exchange.close();
  }

  @AfterAll
  static void stop() throws Exception {
    repository.stop(0);
    PrivateLibvirtd.run("rm", "-r", folder.resolve("bin").toString());
  }

  private static ScriptRun version(Path wrapper, Path home) throws Exception {
    return ScriptRun.of(
        "env",
        "-i",
        "PATH=" + folder.resolve("bin"),
        "JAVA_HOME=" + System.getProperty("java.home"),
        "MAVEN_USER_HOME=" + home,
        "MVNW_REPOURL=http://localhost:" + repository.getAddress().getPort(),
        wrapper.toString(),
        "--version");
  }

  @Test
  void wrapperRunsThePinnedMavenOnABareJdk(@TempDir Path home) throws Exception {
    ScriptRun run = version(Path.of(".mvn/mvnw"), home);

    assertEquals(0, run.status(), run.output());
    assertTrue(run.output().contains("Apache Maven " + version + " "), run.output());
    assertTrue(run.output().contains("Maven home: " + home.resolve("wrapper")), run.output());
  }

  @Test
  void wrapperRejectsAMavenWithAnotherChecksum(@TempDir Path home, @TempDir Path copy)
      throws Exception {
    Files.createDirectory(copy.resolve("wrapper"));
    Path wrapper = Files.copy(Path.of(".mvn/mvnw"), copy.resolve("mvnw"));
    Files.writeString(
        copy.resolve("wrapper/maven-wrapper.properties"),
        Files.readString(SETTINGS)
            .replaceFirst("distributionSha256Sum=.*", "distributionSha256Sum=" + "0".repeat(64)));

    ScriptRun run = version(wrapper, home);

    assertEquals(1, run.status(), run.output());
    assertTrue(run.output().contains("Failed to validate Maven distribution"), run.output());
  }
}
