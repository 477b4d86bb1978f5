package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Code and names in the documentation exist in the project. */
class DocsTest {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

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

  private static Stream<String> blocks(String page) throws IOException {
    return JAVA.matcher(Files.readString(Path.of(page)))
        .results()
        .map((MatchResult block) -> block.group(1));
  }
}
