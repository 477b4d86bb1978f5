package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.github.libvirtsnapshot.XmlDocuments;
import io.github.libvirtsnapshot.fleet.SampleReports;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/** Opens the HTML page of a report in a headless browser that prefers dark colors. */
@Tag("any-distribution")
@Tag("any-jdk")
@Tag("browser")
@Timeout(400)
class PagesIT {
  /** The names that Chromium has on different systems. */
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  /** The header of Jenkins for archived files, which forbids the style sheet in the page. */
  private static final String JENKINS =
      "sandbox; default-src 'none'; img-src 'self'; style-src 'self';";

  private static final Pattern TAG = Pattern.compile("<([a-zA-Z]+\\d?)[ >]");

  @TempDir private Path folder;
  private String browser;

  @BeforeEach
  void findBrowser() {
    Optional<Path> found =
        NAMES.stream().flatMap(PagesIT::onPath).filter(Files::isExecutable).findFirst();
    assumeTrue(found.isPresent(), "Chromium is not installed");
    browser = found.get().toString();
  }

  private static Stream<Path> onPath(String name) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(path -> Path.of(path, name));
  }

  /** Chromium's own sandbox needs rights that a test in a container or as root does not have. */
  private String open(String uri, String option) throws Exception {
    Result result =
        JavaProgram.run(
            new ProcessBuilder(
                "timeout",
                "120",
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--blink-settings=preferredColorScheme=0",
                "--user-data-dir=" + folder.resolve("profile"),
                option,
                uri));
    assertEquals(0, result.status(), result.err());
    return result.out();
  }

  private BufferedImage screenshot(String uri) throws Exception {
    Path picture = folder.resolve("page.png");
    open(uri, "--screenshot=" + picture);
    return ImageIO.read(picture.toFile());
  }

  private String file(String page) throws Exception {
    return Files.writeString(folder.resolve("page.html"), page).toUri().toString();
  }

  private static Map<String, Long> count(Stream<String> names) {
    return names.collect(
        Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
  }

  /** The script stands for one that escaping let through. */
  @Test
  void browserReadsTheElementsOfThePageAndRunsNoScript() throws Exception {
    String script = "<script>document.title = 'a script ran';</script>";
    String page = SampleReports.hostile().toHtml().replace("</body>", script + "</body>");

    String read = open(file(page), "--dump-dom");

    assertEquals(
        count(XmlDocuments.elements(XmlDocuments.parse(page), "*").map(Element::getTagName)),
        count(TAG.matcher(read).results().map((MatchResult tag) -> tag.group(1))));
    assertTrue(read.contains("<title>7 domains: "), read);
  }

  @Test
  void pageIsDarkIfTheReaderPrefersThat() throws Exception {
    BufferedImage picture = screenshot(file(SampleReports.hostile().toHtml()));

    assertEquals(new Color(0x14171a), new Color(picture.getRGB(1, 1)));
  }

  @Test
  void pageIsDarkAndHasColoredBarsWithoutItsStyleSheet() throws Exception {
    byte[] page = SampleReports.ofDomains(10).toHtml().getBytes(StandardCharsets.UTF_8);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
          exchange.getResponseHeaders().set("Content-Security-Policy", JENKINS);
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    server.start();
    try {
      BufferedImage picture = screenshot("http://127.0.0.1:" + server.getAddress().getPort() + "/");

      Color background = new Color(picture.getRGB(1, 1));
      assertTrue(background.getRed() < 0x40, background.toString());
      assertTrue(background.getRGB() != 0xff14171a, "the style sheet was applied");
      assertTrue(hasColor(picture, 0x3b82c4), "there is no bar of a reverted domain");
    } finally {
      server.stop(0);
    }
  }

  private static boolean hasColor(BufferedImage picture, int color) {
    int[] pixels =
        picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
    return Arrays.stream(pixels).anyMatch(pixel -> (pixel & 0xffffff) == color);
  }
}
