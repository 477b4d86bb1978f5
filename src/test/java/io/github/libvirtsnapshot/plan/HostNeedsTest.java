package io.github.libvirtsnapshot.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostNeedsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "<os><loader>/f&#10;w</loader></os> | whether the firmware is there: /f\\nw",
        "<os><kernel>/k</kernel></os>       | whether the kernel is there: /k",
        "<os><initrd>/i</initrd></os>       | whether the initrd is there: /i",
        "<cpu><model>qemu64</model></cpu>   | whether the host still has the CPU model: qemu64",
        "<memoryBacking><hugepages/></memoryBacking>"
            + " | whether the host has enough hugepages free",
        "<devices><graphics type='vnc' port='5901'/></devices>"
            + " | whether this port is free: vnc 5901",
        "<devices><graphics type='vnc' port='-1'/></devices> | ",
        "<devices><graphics type='vnc' port='5901' autoport='yes'/></devices> | ",
        "<devices><interface><source network='n'/></interface></devices>"
            + " | whether this network is active: n",
        "<devices><interface><source bridge='b'/></interface></devices>"
            + " | whether this bridge is there: b",
        "<devices><interface><source dev='eth0'/></interface></devices>"
            + " | whether this device of the host is there: eth0",
        "<devices><serial><source path='/s'/></serial></devices>"
            + " | whether this can be opened: /s",
        "<devices><console><log file='/l'/></console></devices> | whether this can be opened: /l",
        "<devices><hostdev/></devices>"
            + " | whether the host's devices that the guest has are free",
        "<devices/> | ",
      })
  void whatAGuestNeeds(String content, String need) {
    assertEquals(
        need == null ? List.of() : List.of(need),
        HostNeeds.of(XmlNode.parse("<domain>" + content + "</domain>")));
  }
}
