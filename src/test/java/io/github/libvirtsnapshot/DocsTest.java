package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The code in docs/testing-your-code.md is code that is compiled and run. */
class DocsTest {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @Test
  void theCodeOnThePageIsInTheExample() throws IOException {
    String example = Files.readString(Path.of("examples/NightlyResetTest.java"));
    List<String> blocks =
        JAVA.matcher(Files.readString(Path.of("docs/testing-your-code.md")))
            .results()
            .map((MatchResult block) -> block.group(1))
            .toList();
    assertEquals(6, blocks.size());
    for (String block : blocks) {
      assertTrue(example.contains(block), block);
    }
  }
}
