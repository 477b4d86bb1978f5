package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The host resources that a guest requires and that libvirt cannot check beforehand. */
final class UncheckedRequirements {
  private final ImmutableList.Builder<String> needs = ImmutableList.builder();
  private final XmlNode domain;
  private final Set<String> gone;

  private UncheckedRequirements(XmlNode domain, Set<String> gone) {
    this.domain = domain;
    this.gone = gone;
  }

  /**
   * Returns the requirements, each as a text that begins with "whether".
   *
   * @param gone the files that are known not to exist
   */
  static List<String> of(XmlNode domain, Set<String> gone) {
    UncheckedRequirements requirements = new UncheckedRequirements(domain, gone);
    requirements.add("whether the firmware exists", "os/loader", "");
    requirements.add("whether the kernel exists", "os/kernel", "");
    requirements.add("whether the initrd exists", "os/initrd", "");
    requirements.addPorts();
    if (Stream.of("vcpu", "numatune/memory")
        .flatMap(path -> domain.all(path).stream())
        .anyMatch(StartDefinition::isPlacedByHost)) {
      requirements.needs.add("whether the daemon numad can place the guest on the host");
    }
    if (domain.first("memoryBacking/hugepages").isPresent()) {
      requirements.needs.add("whether the host has enough hugepages free");
    }
    if (domain.text("cpu/@check").equals("full")) {
      requirements.add("whether the host provides exactly this CPU", "cpu/model", "");
    }
    requirements.add(
        "whether the guest can connect to this network", "devices/interface/source", "@network");
    requirements.add("whether this bridge exists", "devices/interface/source", "@bridge");
    requirements.add(
        "whether this network device of the host exists", "devices/interface/source", "@dev");
    for (String device : List.of("serial", "console", "channel", "parallel")) {
      requirements.add(
          "whether this file or device can be opened", "devices/" + device + "/source", "@path");
      requirements.add(
          "whether this file or device can be opened", "devices/" + device + "/log", "@file");
    }
    requirements.add("whether this port is free", "devices/serial/source", "@service");
    requirements.add("whether this input device can be opened", "devices/input/source", "@dev");
    requirements.add("whether this file exists", "devices/memory/source/path", "");
    requirements.add("whether this TPM can be opened", "devices/tpm/backend/device", "@path");
    requirements.addTpmSockets();
    if (domain.first("devices/vsock").isPresent()) {
      requirements.needs.add("whether the host supports vsock devices");
    }
    requirements.add(
        "whether a server of shared memory uses this socket", "devices/shmem/server", "@path");
    requirements.add(
        "whether a virtiofsd listens on this socket", "devices/filesystem/source", "@socket");
    requirements.add("whether this directory exists", "devices/filesystem/source", "@dir");
    requirements.add(
        "whether this source of random numbers can be read", "devices/rng/backend", "");
    requirements.addSecurityDrivers();
    if (domain.first("devices/hostdev").isPresent()) {
      requirements.needs.add("whether the host devices that the guest uses are free");
    }
    return requirements.needs.build();
  }

  /** Labels that are not static are those that libvirt generated on this host. */
  private void addSecurityDrivers() {
    domain.all("seclabel").stream()
        .filter(label -> label.text("@type").equals("static"))
        .map(label -> LogEscaper.escape(label.text("@model")))
        .forEach(model -> needs.add("whether the host has this security driver: " + model));
  }

  private void addPorts() {
    GraphicsPorts.fixedPorts(domain)
        .map(port -> LogEscaper.escape(port.graphics() + " " + port.number()))
        .forEach(port -> needs.add("whether this port is free: " + port));
  }

  /** An external TPM has a socket. The source of an emulated TPM is a file or a directory. */
  private void addTpmSockets() {
    domain.all("devices/tpm/backend/source").stream()
        .filter(source -> source.text("@type").equals("unix"))
        .map(source -> LogEscaper.escape(source.text("@path")))
        .forEach(path -> needs.add("whether a TPM emulator uses this socket: " + path));
  }

  /** Adds a requirement for the text of each element, or of its attribute. */
  private void add(String question, String path, String attribute) {
    for (XmlNode element : domain.all(path)) {
      String value = attribute.isEmpty() ? element.text() : element.text(attribute);
      if (!value.isEmpty() && !gone.contains(value)) {
        needs.add(question + ": " + LogEscaper.escape(value));
      }
    }
  }
}
