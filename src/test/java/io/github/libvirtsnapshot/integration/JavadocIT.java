package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Tests the jar with the Javadoc. */
class JavadocIT {
  private static final String JAR = System.getProperty("plain.jar").replace(".jar", "-javadoc.jar");

  /** The standard doclet's text for accessors; each JDK could have another form of it. */
  private static final Pattern WITHOUT_DESCRIPTION =
      Pattern.compile("value of the <[^>]*>[^.]*record\\s+component");

  @Test
  void accessorsOfRecordsHaveDescriptions() throws Exception {
    try (JarFile jar = new JarFile(JAR)) {
      List<JarEntry> pages =
          jar.stream().filter(entry -> entry.getName().endsWith(".html")).toList();
      assertTrue(pages.stream().anyMatch(page -> page.getName().endsWith("/RevertPlan.html")));
      for (JarEntry page : pages) {
        try (InputStream content = jar.getInputStream(page)) {
          String html = new String(content.readAllBytes(), StandardCharsets.UTF_8);
          assertFalse(WITHOUT_DESCRIPTION.matcher(html).find(), page.getName());
        }
      }
    }
  }

  @Test
  void searchForTheFunctionThatRevertsFindsTheMethodsThatCallIt() throws Exception {
    try (JarFile jar = new JarFile(JAR);
        InputStream content = jar.getInputStream(jar.getEntry("tag-search-index.js"))) {
      String index = new String(content.readAllBytes(), StandardCharsets.UTF_8);
      for (String method :
          List.of(
              "revert.SnapshotReverter.revert()",
              "DomainSnapshot.revert(RevertFlag...)",
              "Domain.revertToSnapshot(DomainSnapshot, RevertFlag...)")) {
        String found =
            "\\{\"l\":\"virDomainRevertToSnapshot\",\"h\":\"io\\.github\\.libvirtsnapshot\\."
                + Pattern.quote(method);
        assertTrue(Pattern.compile(found).matcher(index).find(), method + " is not in " + index);
      }
    }
  }
}
