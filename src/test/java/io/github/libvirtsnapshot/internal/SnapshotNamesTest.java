package io.github.libvirtsnapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SnapshotNamesTest {
  @Test
  void namesAreSortedAndEscaped() {
    assertEquals(
        "the snapshots are \"a\\nb\", \"clean\"", SnapshotNames.list(List.of("clean", "a\nb")));
  }

  @Test
  void noNames() {
    assertEquals("the domain has no snapshots", SnapshotNames.list(List.of()));
  }

  @Test
  void onlyTenNamesAreListed() {
    String ten =
        "the snapshots are \"s10\", \"s11\", \"s12\", \"s13\", \"s14\", \"s15\", \"s16\", \"s17\","
            + " \"s18\", \"s19\"";

    assertEquals(ten, SnapshotNames.list(names(10)));
    assertEquals(ten + " and 3 more", SnapshotNames.list(names(13)));
  }

  private static List<String> names(int number) {
    return IntStream.range(10, 10 + number).mapToObj(i -> "s" + i).toList();
  }
}
