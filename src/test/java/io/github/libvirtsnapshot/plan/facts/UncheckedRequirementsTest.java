package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UncheckedRequirementsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "<os><loader>/f&#10;w</loader></os> | whether the firmware exists: /f\\nw",
        "<os><kernel>/k</kernel></os>       | whether the kernel exists: /k",
        "<os><initrd>/i</initrd></os>       | whether the initrd exists: /i",
        "<os><dtb>/d</dtb></os>             | whether the device tree exists: /d",
        "<os><acpi><table type='slic'>/a</table></acpi></os> | whether the ACPI table exists: /a",
        "<sysinfo type='fwcfg'><entry name='opt/n' file='/e'/></sysinfo>"
            + " | whether the file for the guest's firmware exists: /e",
        "<sysinfo type='fwcfg'><entry name='opt/n'>text</entry></sysinfo> | ",
        "<cpu><model>qemu64</model></cpu>   | ",
        "<cpu check='full'><model>qemu64</model></cpu>"
            + " | whether the host provides exactly this CPU: qemu64",
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
            + " | whether the guest can connect to this network: n",
        "<devices><interface><source bridge='b'/></interface></devices>"
            + " | whether this bridge exists: b",
        "<devices><interface><source dev='eth0'/></interface></devices>"
            + " | whether this network device of the host exists: eth0",
        "<devices><serial><source path='/s'/></serial></devices>"
            + " | whether this file or device can be opened: /s",
        "<devices><console><log file='/l'/></console></devices>"
            + " | whether this file or device can be opened: /l",
        "<devices><serial><source mode='bind' service='5990'/></serial></devices>"
            + " | whether this port is free: 5990",
        "<devices><channel><source mode='connect' host='log' service='514'/></channel></devices>"
            + " | whether a server accepts this connection: log:514",
        "<devices><redirdev><source mode='connect' host='::1' service='9'/></redirdev></devices>"
            + " | whether a server accepts this connection: [::1]:9",
        "<devices><smartcard><source mode='connect' host='h' service='9'/></smartcard></devices>"
            + " | whether a server accepts this connection: h:9",
        "<devices><rng><backend><source mode='connect' host='h' service='9'/></backend></rng></devices>"
            + " | whether a server accepts this connection: h:9",
        "<devices><rng><backend><source mode='connect' path='/run/e'/></backend></rng></devices>"
            + " | whether this file or device can be opened: /run/e",
        "<devices><serial><source mode='connect' host='h' service='9'><reconnect enabled='yes'"
            + " timeout='5'/></source></serial></devices> | ",
        "<devices><serial type='udp'><source mode='connect' host='h' service='9'/></serial></devices>"
            + " | ",
        "<devices><graphics><listen type='address' address='192.0.2.1'/></graphics></devices>"
            + " | whether the host has this address: 192.0.2.1",
        "<devices><graphics><listen type='address' address='127.0.0.1'/></graphics></devices> | ",
        "<devices><graphics><listen type='address' address='::'/></graphics></devices> | ",
        "<devices><graphics><listen type='socket' socket='/run/s'/></graphics></devices>"
            + " | whether this socket can be created: /run/s",
        "<devices><interface type='vhostuser'><source type='unix' path='/run/v' mode='client'/>"
            + "</interface></devices> | whether a server uses this socket: /run/v",
        "<devices><interface type='vhostuser'><source type='unix' path='/run/v' mode='server'/>"
            + "</interface></devices> | ",
        "<devices><interface type='hostdev'/></devices>"
            + " | whether the host devices that the guest uses are free",
        "<devices><tpm><backend type='emulator'><encryption secret='u-1'/></backend></tpm></devices>"
            + " | whether the secret of the TPM exists and has a value: u-1",
        "<devices><shmem><server path='/run/m'/></shmem></devices>"
            + " | whether a server of shared memory uses this socket: /run/m",
        "<devices><filesystem><source socket='/run/f'/></filesystem></devices>"
            + " | whether a virtiofsd listens on this socket: /run/f",
        "<devices><filesystem><source dir='/d'/></filesystem></devices>"
            + " | whether this directory exists: /d",
        "<devices><rng><backend>/r</backend></rng></devices>"
            + " | whether this source of random numbers can be read: /r",
        "<devices><hostdev/></devices>"
            + " | whether the host devices that the guest uses are free",
        "<devices><input><source dev='/dev/input/event3'/></input></devices>"
            + " | whether this input device can be opened: /dev/input/event3",
        "<devices><memory><source><path>/nv</path></source></memory></devices>"
            + " | whether this file exists: /nv",
        "<devices><tpm><backend><source type='unix' path='/run/t'/></backend></tpm></devices>"
            + " | whether a TPM emulator uses this socket: /run/t",
        "<devices><tpm><backend><source type='dir' path='/t'/></backend></tpm></devices> | ",
        "<devices><tpm><backend><device path='/dev/tpm0'/></backend></tpm></devices>"
            + " | whether this TPM can be opened: /dev/tpm0",
        "<devices><vsock/></devices> | whether the host supports vsock devices",
        "<vcpu placement='auto'>1</vcpu>"
            + " | whether the daemon numad can place the guest on the host",
        "<numatune><memory placement='auto'/></numatune>"
            + " | whether the daemon numad can place the guest on the host",
        "<seclabel type='static' model='selinux'/>"
            + " | whether the host has this security driver: selinux",
        "<seclabel type='dynamic' model='apparmor'/> | ",
        "<devices/> | ",
      })
  void eachUncheckableRequirementIsListed(String content, String requirement) {
    assertEquals(
        requirement == null ? List.of() : List.of(requirement),
        UncheckedRequirements.of(XmlNode.parse("<domain>" + content + "</domain>"), Set.of()));
  }

  @Test
  void fileThatIsKnownToBeGone_isNotUnknown() {
    XmlNode domain =
        XmlNode.parse("<domain><os><kernel>/k</kernel><initrd>/i</initrd></os></domain>");
    assertEquals(
        List.of("whether the initrd exists: /i"), UncheckedRequirements.of(domain, Set.of("/k")));
  }
}
