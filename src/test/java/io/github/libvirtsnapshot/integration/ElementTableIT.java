package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.definition.ElementTable;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares the table of elements with the schema that is installed with libvirt. */
class ElementTableIT {
  private static final Path SCHEMA = Path.of("/usr/share/libvirt/schemas/domain.rng");

  /** The newest release whose elements and variants must all be in the table. */
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
    assertKnown("elements", missing);
  }

  /** The other values belong to other hypervisors, or no test has such a device. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tpm/backend/type | <tpm><backend type='%s'/></tpm> | ''",
        "shmem/role       | <shmem role='%s'/>              | ''",
        "filesystem/type  | <filesystem type='%s'/>         | bind,block,file,ram,template",
        "hostdev/type     | <hostdev type='%s'/>            | misc,net,storage",
        "memory/model     | <memory model='%s'/>            | sgx-epc",
      })
  void tableHasEachVariantOfTheSchema_exceptTheseValues(String path, String xml, String others)
      throws Exception {
    Set<String> values = RngSchema.read(SCHEMA).valuesOf("domain", "domain/devices/" + path);
    assertTrue(values.size() > 1, () -> SCHEMA + " has only " + values + " for " + path);
    Set<String> unknown = Sets.filter(values, value -> isUnknown(xml, value));
    assertKnown("values of " + path, Sets.difference(unknown, Set.of(others.split(","))));
    assertTrue(isUnknown(xml, "none"));
  }

  private static boolean isUnknown(String xml, String value) {
    String devices = "<domain><devices>" + xml.formatted(value) + "</devices></domain>";
    return !ElementTable.unknown(XmlNode.parse(devices)).isEmpty();
  }

  private static void assertKnown(String what, Set<String> missing) throws Exception {
    try (Connect connect = new Connect("test:///default")) {
      String version = Guests.libvirtVersion(connect);
      if (connect.getLibVersion() <= COMPLETE) {
        assertEquals(Set.of(), missing, "libvirt " + version);
      } else {
        System.out.printf("new %s in the schema of libvirt %s: %s%n", what, version, missing);
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
