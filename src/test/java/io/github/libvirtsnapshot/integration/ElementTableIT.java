package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.definition.ElementTable;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Compares the table of elements with the schema that is installed with libvirt. */
class ElementTableIT {
  private static final Path SCHEMA = Path.of("/usr/share/libvirt/schemas/domain.rng");

  /** The newest release whose elements must all be in the table. */
  private static final long COMPLETE = 9_000_999;

  @Test
  void tableHasEachElementOfTheSchema() throws Exception {
    RngSchema schema = RngSchema.read(SCHEMA);
    Set<String> missing = new TreeSet<>();
    for (String parent : ElementTable.PARENTS) {
      Set<String> elements = elements(schema, parent);
      assertTrue(elements.size() > 10, () -> SCHEMA + " has only " + elements + " in " + parent);
      missing.addAll(Sets.filter(elements, element -> !ElementTable.has(element)));
    }
    try (Connect connect = new Connect("test:///default")) {
      String version = Guests.libvirtVersion(connect);
      if (connect.getLibVersion() <= COMPLETE) {
        assertEquals(ImmutableSortedSet.of(), missing, "libvirt " + version);
      } else {
        System.out.println("new elements in the schema of libvirt " + version + ": " + missing);
      }
    }
  }

  private static Set<String> elements(RngSchema schema, String parent) {
    return parent.isEmpty()
        ? schema.elementsWithin("domain", "domain")
        : schema.elementsWithin("domain", "domain", parent).stream()
            .map(name -> parent + "/" + name)
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }
}
