package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UncheckedRequirementsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "<os><loader>/f&#10;w</loader></os> | whether the firmware is there: /f\\nw",
        "<os><kernel>/k</kernel></os>       | whether the kernel is there: /k",
        "<os><initrd>/i</initrd></os>       | whether the initrd is there: /i",
        "<cpu><model>qemu64</model></cpu>   | ",
        "<cpu check='full'><model>qemu64</model></cpu>"
            + " | whether the host gives the guest exactly this CPU: qemu64",
        "<memoryBacking><hugepages/></memoryBacking>"
            + " | whether the host has enough hugepages free",
        "<devices><graphics type='vnc' port='5901'/></devices>"
            + " | whether this port is free: vnc 5901",
        "<devices><graphics type='vnc' port='-1'/></devices> | ",
        "<devices><graphics type='vnc' port='5901' autoport='yes'/></devices> | ",
        "<devices><graphics type='vnc' port='0'/></devices> | ",
        "<devices><graphics type='spice' port='-1' tlsPort='5902'/></devices>"
            + " | whether this port is free: spice 5902",
        "<devices><graphics type='vnc' autoport='yes' websocket='5701'/></devices>"
            + " | whether this port is free: vnc 5701",
        "<devices><graphics type='vnc' autoport='yes' websocket='-1'/></devices> | ",
        "<devices><interface><source network='n'/></interface></devices>"
            + " | whether the guest can join this network: n",
        "<devices><interface><source bridge='b'/></interface></devices>"
            + " | whether this bridge is there: b",
        "<devices><interface><source dev='eth0'/></interface></devices>"
            + " | whether this device of the host is there: eth0",
        "<devices><serial><source path='/s'/></serial></devices>"
            + " | whether this can be opened: /s",
        "<devices><console><log file='/l'/></console></devices> | whether this can be opened: /l",
        "<devices><serial><source mode='bind' service='5990'/></serial></devices>"
            + " | whether this port is free: 5990",
        "<devices><filesystem><source dir='/d'/></filesystem></devices>"
            + " | whether this folder is there: /d",
        "<devices><rng><backend>/r</backend></rng></devices> | whether this can be read: /r",
        "<devices><hostdev/></devices>"
            + " | whether the host's devices that the guest has are free",
        "<devices/> | ",
      })
  void whatAGuestNeeds(String content, String need) {
    assertEquals(
        need == null ? List.of() : List.of(need),
        UncheckedRequirements.of(XmlNode.parse("<domain>" + content + "</domain>")));
  }
}
