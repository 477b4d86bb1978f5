package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code and names in the documentation exist in the project. */
class DocsTest {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  /** The program of the reader, with the values and methods that the pages assume. */
  private static final String PROGRAM =
      """
      class Block%d {
        io.github.libvirtsnapshot.Connect connect;
        %s.Domain domain;
        io.github.libvirtsnapshot.revert.RevertReport report;
        io.github.libvirtsnapshot.revert.RevertException exception;
        io.github.libvirtsnapshot.fleet.FleetListener progress;

        void store(String text) {}

        java.util.Optional<String> load() {
          return java.util.Optional.empty();
        }

        void run() throws Exception {
          %s
        }
      }
      """;

  private static final Pattern HIDDEN =
      Pattern.compile("<excludePackageNames>(.*?)</excludePackageNames>");

  private static final Pattern PACKAGE = Pattern.compile("(?m)^package (.*);$");

  private static final Pattern CODE =
      Pattern.compile("(?m)^ \\* <pre>\\{@code\\n(.*?)^ \\* }</pre>$", Pattern.DOTALL);

  @Test
  void codeOnTheTestingPageIsInTheExamples() throws IOException {
    StringBuilder examples = new StringBuilder();
    for (String name : List.of("NightlyReset", "NightlyResetIT", "NightlyResetTest")) {
      examples.append(Files.readString(Path.of("examples", name + ".java")));
    }
    List<String> blocks = blocks("docs/testing-your-code.md").toList();
    assertEquals(6, blocks.size());
    for (String block : blocks) {
      assertTrue(examples.toString().contains(block), block);
    }
  }

  @Test
  void readmeHasAtMost120Lines() throws IOException {
    int lines = Files.readAllLines(Path.of("README.md")).size();
    assertTrue(lines <= 120, "README.md has " + lines + " lines: move a part to docs");
  }

  @Test
  void codeOfJunitPageIsInCleanVmPerTest() throws IOException {
    String example = Files.readString(Path.of("examples/CleanVmPerTest.java"));
    List<String> blocks =
        blocks("docs/junit.md").filter(block -> block.contains("@RegisterExtension")).toList();
    assertEquals(1, blocks.size());
    assertTrue(example.contains(blocks.get(0)), blocks.get(0));
  }

  @Test
  void testsNamedOnSecurityPageExist() throws IOException {
    Set<String> named =
        Pattern.compile("`(\\w+(?:Test|IT))`")
            .matcher(Files.readString(Path.of(".github/SECURITY.md")))
            .results()
            .map((MatchResult name) -> name.group(1) + ".java")
            .collect(Collectors.toSet());
    try (Stream<Path> sources = Files.walk(Path.of("src/test/java"))) {
      Set<String> files =
          sources.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
      assertEquals(Set.of(), Sets.difference(named, files));
    }
    assertTrue(named.size() > 10, named.toString());
  }

  /** A block without imports is a part of another one, or of an example. */
  @Test
  void codeWithImportsCompiles(@TempDir Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String page : pages()) {
      for (String block : blocks(page).filter(block -> block.startsWith("import ")).toList()) {
        Path file = folder.resolve("Block" + files.size() + ".java");
        files.add(Files.writeString(file, program(page, block, files.size())));
      }
    }
    assertTrue(files.size() > 10, files.toString());
    assertCompiles(files);
  }

  @Test
  void pagesOfPackagesBeginWithTheirUseAndHaveTenLinesOfCode(@TempDir Path folder)
      throws IOException {
    Set<String> hidden =
        Set.of(
            HIDDEN
                .matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .map(names -> names.group(1).split(":"))
                .findFirst()
                .orElseThrow());
    Map<String, String> programs = new TreeMap<>();
    for (Path page : packagePages()) {
      String text = Files.readString(page);
      String name = first(PACKAGE, text);
      if (!hidden.contains(name)) {
        assertFalse(text.startsWith("/**\n * {@link"), name + " begins with the name of a type");
        programs.put(name, first(CODE, text).replaceAll("(?m)^ \\* ?", ""));
        long lines = programs.get(name).lines().count();
        assertTrue(lines >= 7 && lines <= 13, name + " has " + lines + " lines of code");
      }
    }
    assertTrue(programs.size() > 10, programs.keySet().toString());

    String imports =
        "import static org.junit.jupiter.api.Assertions.*; import org.junit.jupiter.api.Test;"
            + " import java.time.*; import java.util.*; import "
            + String.join(".*; import ", programs.keySet())
            + ".*; import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;\n";
    List<Path> files = new ArrayList<>();
    for (String code : programs.values()) {
      Path file = folder.resolve("Block" + files.size() + ".java");
      files.add(Files.writeString(file, imports + packageProgram(code, files.size())));
    }
    assertCompiles(files);
  }

  private static String packageProgram(String code, int number) {
    return code.contains("class ")
        ? code
        : PROGRAM.formatted(number, "io.github.libvirtsnapshot", code);
  }

  private static List<Path> packagePages() throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      return sources.filter(file -> file.endsWith("package-info.java")).toList();
    }
  }

  private static String first(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map((MatchResult found) -> found.group(1))
        .findFirst()
        .orElseThrow(() -> new AssertionError(pattern + " is not in " + text));
  }

  private static void assertCompiles(List<Path> files) throws IOException {
    StringWriter errors = new StringWriter();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager sources = compiler.getStandardFileManager(null, null, null)) {
      assertTrue(
          compiler
              .getTask(
                  errors,
                  sources,
                  null,
                  List.of("-proc:none", "-cp", System.getProperty("java.class.path")),
                  null,
                  sources.getJavaFileObjectsFromPaths(files))
              .call(),
          errors::toString);
    }
  }

  /** Returns the pages, without that whose code is in the examples. */
  private static List<String> pages() throws IOException {
    try (Stream<Path> pages = Files.list(Path.of("docs"))) {
      return Stream.concat(Stream.of(Path.of("README.md")), pages)
          .map(Path::toString)
          .filter(page -> page.endsWith(".md") && !page.equals("docs/testing-your-code.md"))
          .sorted()
          .toList();
    }
  }

  private static String program(String page, String block, int number) {
    if (block.contains("class ")) {
      return block.replace("public class", "class");
    }
    int end = block.lastIndexOf("import ");
    int body = block.indexOf('\n', end) + 1;
    String library =
        page.equals("docs/from-libvirt-java.md") ? "org.libvirt" : "io.github.libvirtsnapshot";
    return block.substring(0, body) + PROGRAM.formatted(number, library, block.substring(body));
  }

  private static Stream<String> blocks(String page) throws IOException {
    return JAVA.matcher(Files.readString(Path.of(page)))
        .results()
        .map((MatchResult block) -> block.group(1));
  }
}
