package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.definition.BootFiles;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The host resources that a guest requires and that libvirt cannot check beforehand. */
final class UncheckedRequirements {
  /** The paths of elements whose data is in a file, or goes through a device or a socket. */
  private static final ImmutableList<String> CHARACTER_DEVICES =
      ImmutableList.of(
          "devices/serial",
          "devices/console",
          "devices/channel",
          "devices/parallel",
          "devices/redirdev",
          "devices/smartcard",
          "devices/rng/backend");

  /** Each host has these addresses. */
  private static final ImmutableSet<String> OF_EACH_HOST =
      ImmutableSet.of("", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::");

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
    requirements.addBootFiles();
    requirements.addPorts();
    requirements.addListeners();
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
    requirements.addVhostUserSockets();
    for (String device : CHARACTER_DEVICES) {
      requirements.add("whether this file or device can be opened", device + "/source", "@path");
      requirements.add("whether this file or device can be opened", device + "/log", "@file");
      domain.all(device).forEach(requirements::addConnections);
    }
    requirements.add("whether this input device can be opened", "devices/input/source", "@dev");
    requirements.add("whether this file exists", "devices/memory/source/path", "");
    requirements.add("whether this TPM can be opened", "devices/tpm/backend/device", "@path");
    requirements.addTpmSockets();
    requirements.add(
        "whether the secret of the TPM exists and has a value",
        "devices/tpm/backend/encryption",
        "@secret");
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
    if (domain.first("devices/hostdev").isPresent()
        || requirements.interfaces("hostdev").findAny().isPresent()) {
      requirements.needs.add("whether the host devices that the guest uses are free");
    }
    return requirements.needs.build();
  }

  private void addBootFiles() {
    BootFiles.of(domain).forEach((file, name) -> addFile("whether the " + name + " exists", file));
  }

  private void addListeners() {
    for (XmlNode listen : domain.all("devices/graphics/listen")) {
      String address = listen.text("@address");
      if (!OF_EACH_HOST.contains(address)) {
        needs.add("whether the host has this address: " + LogEscaper.escape(address));
      }
    }
    add("whether this socket can be created", "devices/graphics/listen", "@socket");
  }

  private Stream<XmlNode> interfaces(String type) {
    return domain.all("devices/interface").stream()
        .filter(device -> device.text("@type").equals(type));
  }

  private void addVhostUserSockets() {
    interfaces("vhostuser")
        .filter(device -> !device.text("source/@mode").equals("server"))
        .map(device -> device.text("source/@path"))
        .forEach(path -> addFile("whether a server uses this socket", path));
  }

  /** QEMU does not wait for a server if the device may connect again. */
  private void addConnections(XmlNode device) {
    for (XmlNode source : device.all("source")) {
      String port = source.text("@service");
      boolean connects = source.text("@mode").equals("connect");
      if (!port.isEmpty() && !connects) {
        needs.add("whether this port is free: " + LogEscaper.escape(port));
      } else if (!port.isEmpty()
          && !device.text("@type").equals("udp")
          && !source.text("reconnect/@enabled").equals("yes")) {
        needs.add(
            "whether a server accepts this connection: "
                + LogEscaper.escape(withPort(source.text("@host"), port)));
      }
    }
  }

  private static String withPort(String host, String port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
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
      addFile(question, attribute.isEmpty() ? element.text() : element.text(attribute));
    }
  }

  private void addFile(String question, String value) {
    if (!value.isEmpty() && !gone.contains(value)) {
      needs.add(question + ": " + LogEscaper.escape(value));
    }
  }
}
