package io.github.libvirtsnapshot.javadoc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordDocletTest {
  private static final String COMPONENT =
      """
      <dd><code><span id="param-path">path</span></code> - the snapshots on the way, by \
      <a href="Name.html">name</a>; empty if there is none</dd>
      """;

  @TempDir private Path root;
  private Path record;

  @BeforeEach
  void createFolder() throws IOException {
    record = Files.createDirectory(root.resolve("plan")).resolve("Plan.html");
  }

  @Test
  void accessorOnPageOfRecordHasDescriptionOfComponent() throws IOException {
    Files.writeString(record, COMPONENT + summary("#param-path") + returns("#param-path"));

    RecordDoclet.describeAccessors(root);

    assertEquals(
        COMPONENT
            + "<div>Returns the snapshots on the way, by name.</div>\n"
            + "<dd>the snapshots on the way, by <a href=\"Name.html\">name</a>;"
            + " empty if there is none</dd>\n",
        Files.readString(record));
  }

  @Test
  void accessorInIndexHasDescriptionOfComponent() throws IOException {
    Files.writeString(record, COMPONENT);
    Path index = root.resolve("index-all.html");
    Files.writeString(index, summary("./plan/Plan.html#param-path"));

    RecordDoclet.describeAccessors(root);

    assertEquals(
        "<div>Returns the snapshots on the way, by name.</div>\n", Files.readString(index));
  }

  @Test
  void componentWithoutDescription_isAnError() throws IOException {
    Files.writeString(record, summary("#param-path"));

    IllegalStateException thrown =
        assertThrows(IllegalStateException.class, () -> RecordDoclet.describeAccessors(root));

    assertEquals(
        record.toUri().resolve("#param-path") + " has no description", thrown.getMessage());
  }

  private static String summary(String link) {
    return "<div>Returns the value of the <a href=\""
        + link
        + "\"><code>path</code></a> record component.</div>\n";
  }

  private static String returns(String link) {
    return "<dd>the value of the <a href=\""
        + link
        + "\"><code>path</code></a> record component</dd>\n";
  }
}
