package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SavedMemoryTest {
  private static XmlNode domain(String machine) {
    return XmlNode.parse("<domain><os><type machine='" + machine + "'>hvm</type></os></domain>");
  }

  @Test
  void memoryThatAnOlderQemuMayHaveSaved_isUnknown() {
    assertEquals(
        Optional.of(
            "whether QEMU 11.1 loads the memory of the snapshot: an older QEMU may have saved it,"
                + " as the machine type is \"pc-i440fx-10.0\", and QEMU 11.1 does not load the"
                + " memory that QEMU 10.0 saved"),
        SavedMemory.unknown(
            "the memory of the snapshot", domain("pc-i440fx-10.0"), "pc-i440fx-11.1"));
  }

  @ParameterizedTest
  @CsvSource({
    "pc-i440fx-7.2,  pc-i440fx-11.1, true",
    "pc-q35-11.0,    pc-q35-11.1,    true",
    "pc-q35-11.1,    pc-q35-11.1,    false",
    "pc-q35-11.2,    pc-q35-11.1,    false",
    "pc-i440fx-7.2,  pc-i440fx-10.0, false",
    "pc-i440fx-7.2,  pc,             false",
    "pc-i440fx-7.2,  '',             false",
  })
  void unknownOnlyFromTheFirstQemuOnThatDidNotLoadSuchMemory(
      String machine, String newest, boolean expected) {
    assertEquals(expected, SavedMemory.unknown("the memory", domain(machine), newest).isPresent());
  }

  @ParameterizedTest
  @CsvSource({
    "pc-i440fx-7.2,           pc",
    "pc-q35-10.0,             q35",
    "virt-9.2,                virt",
    "s390-ccw-virtio-10.0,    s390-ccw-virtio",
    "pc-q35-rhel9.4.0,        ",
    "pc,                      ",
    "pc-q35-99999999999.1,    ",
  })
  void machineFamilyIsTheTypeWithoutVersion(String machine, String family) {
    assertEquals(Optional.ofNullable(family), SavedMemory.machineFamily(domain(machine)));
  }
}
