package io.github.libvirtsnapshot.definition;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.stream.Stream;

/**
 * A virtual CPU that libvirt added to the process of a guest. libvirt lists the CPUs in the
 * definition of the guest once one was added, but the definition in a snapshot does not always show
 * which one it was.
 */
public final class HotpluggedCpu {
  private HotpluggedCpu() {}

  /** Returns whether a definition shows that a CPU was added. */
  public static boolean isIn(XmlNode domain) {
    return enabled(domain).anyMatch(cpu -> !cpu.text("@hotpluggable").equals("no"));
  }

  /** Returns whether a definition lists CPUs: libvirt may have added one of them. */
  public static boolean mayBeIn(XmlNode domain) {
    return enabled(domain).findAny().isPresent();
  }

  private static Stream<XmlNode> enabled(XmlNode domain) {
    return domain.all("vcpus/vcpu").stream().filter(cpu -> cpu.text("@enabled").equals("yes"));
  }
}
