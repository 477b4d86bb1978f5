package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;

/** What a guest needs of its host that libvirt can't be asked for beforehand. */
final class UncheckedRequirements {
  private final ImmutableList.Builder<String> needs = ImmutableList.builder();
  private final XmlNode domain;

  private UncheckedRequirements(XmlNode domain) {
    this.domain = domain;
  }

  /** Returns them, each as what is not known. */
  static List<String> of(XmlNode domain) {
    UncheckedRequirements found = new UncheckedRequirements(domain);
    found.add("whether the firmware is there", "os/loader", "");
    found.add("whether the kernel is there", "os/kernel", "");
    found.add("whether the initrd is there", "os/initrd", "");
    found.addPorts();
    if (domain.first("memoryBacking/hugepages").isPresent()) {
      found.needs.add("whether the host has enough hugepages free");
    }
    if (domain.text("cpu/@check").equals("full")) {
      found.add("whether the host gives the guest exactly this CPU", "cpu/model", "");
    }
    found.add("whether the guest can join this network", "devices/interface/source", "@network");
    found.add("whether this bridge is there", "devices/interface/source", "@bridge");
    found.add("whether this device of the host is there", "devices/interface/source", "@dev");
    for (String device : List.of("serial", "console", "channel", "parallel")) {
      found.add("whether this can be opened", "devices/" + device + "/source", "@path");
      found.add("whether this can be opened", "devices/" + device + "/log", "@file");
    }
    found.add("whether this port is free", "devices/serial/source", "@service");
    found.add("whether this folder is there", "devices/filesystem/source", "@dir");
    found.add("whether this can be read", "devices/rng/backend", "");
    if (domain.first("devices/hostdev").isPresent()) {
      found.needs.add("whether the host's devices that the guest has are free");
    }
    return found.needs.build();
  }

  private void addPorts() {
    GraphicsPorts.fixedPorts(domain)
        .map(port -> LogEscaper.escape(port.screen() + " " + port.number()))
        .forEach(port -> needs.add("whether this port is free: " + port));
  }

  /** Adds the text of each element, or of its attribute. */
  private void add(String question, String path, String attribute) {
    for (XmlNode found : domain.all(path)) {
      String value = attribute.isEmpty() ? found.text() : found.text(attribute);
      if (!value.isEmpty()) {
        needs.add(question + ": " + LogEscaper.escape(value));
      }
    }
  }
}
