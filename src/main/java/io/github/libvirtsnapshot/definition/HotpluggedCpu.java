package io.github.libvirtsnapshot.definition;

import io.github.libvirtsnapshot.xml.XmlNode;

/** A virtual CPU that libvirt added to the process of a guest, and can remove again. */
public final class HotpluggedCpu {
  private HotpluggedCpu() {}

  /** Returns whether a domain's definition has such a CPU that is enabled. */
  public static boolean isIn(XmlNode domain) {
    return domain.all("vcpus/vcpu").stream()
        .anyMatch(
            cpu -> cpu.text("@enabled").equals("yes") && cpu.text("@hotpluggable").equals("yes"));
  }
}
