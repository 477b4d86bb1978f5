package io.github.libvirtsnapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExistingNamesTest {
  @Test
  void namesAreSortedAndEscaped() {
    assertEquals(
        "the snapshots are \"a\\nb\", \"clean\"",
        ExistingNames.ofSnapshots(List.of("clean", "a\nb")));
    assertEquals(
        "the domains are \"db\\n01\", \"web01\"",
        ExistingNames.ofDomains(List.of("web01", "db\n01")));
  }

  @Test
  void noNames() {
    assertEquals("the domain has no snapshots", ExistingNames.ofSnapshots(List.of()));
    assertEquals("there are no domains", ExistingNames.ofDomains(List.of()));
  }

  @Test
  void onlyTenNamesAreListed() {
    String ten =
        "the snapshots are \"s10\", \"s11\", \"s12\", \"s13\", \"s14\", \"s15\", \"s16\", \"s17\","
            + " \"s18\", \"s19\"";

    assertEquals(ten, ExistingNames.ofSnapshots(names(10)));
    assertEquals(ten + " and 3 more", ExistingNames.ofSnapshots(names(13)));
  }

  private static List<String> names(int number) {
    return IntStream.range(10, 10 + number).mapToObj(i -> "s" + i).toList();
  }
}
