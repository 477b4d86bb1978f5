package io.github.libvirtsnapshot.plan.facts;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Queries whether the host has the resources that a QEMU guest requires. */
final class HostCheck {
  /** The errors of a lookup, with the error of a start for the same reason. */
  private static final ImmutableMap<ErrorNumber, ErrorNumber> GONE =
      ImmutableMap.of(
          ErrorNumber.VIR_ERR_NO_NETWORK, ErrorNumber.VIR_ERR_NO_NETWORK,
          ErrorNumber.VIR_ERR_NO_STORAGE_POOL, ErrorNumber.VIR_ERR_NO_STORAGE_POOL,
          ErrorNumber.VIR_ERR_NO_STORAGE_VOL, ErrorNumber.VIR_ERR_NO_STORAGE_VOL,
          ErrorNumber.VIR_ERR_NO_NODE_DEVICE, ErrorNumber.VIR_ERR_SYSTEM_ERROR);

  private static final Pattern HEX = Pattern.compile("^0x");

  private final List<Refusal> missing = new ArrayList<>();
  private final Unknowns unknowns = new Unknowns();
  private final HostQueries host;
  private final XmlNode domain;

  /** The capabilities of the guest's emulator, if the emulator exists. */
  private Optional<XmlNode> capabilities = Optional.empty();

  /**
   * Creates a check.
   *
   * @param domain the definition of the domain to start
   */
  HostCheck(Connect connect, XmlNode domain) {
    this.host = new HostQueries(connect);
    this.domain = domain;
  }

  HostRequirements needs() throws ConnectionLostException {
    ask("whether the host has the emulator of the guest", this::readCapabilities);
    if (capabilities.isPresent()) {
      ask("whether the host still supports the CPU", () -> cpu(capabilities.get()));
      ask("whether the host supports device passthrough", () -> passthrough(capabilities.get()));
    }
    for (String network : values("devices/interface/source", "@network")) {
      ask("whether a network is active", () -> network(network));
    }
    for (XmlNode source : domain.all("devices/disk/source")) {
      ask("whether a volume exists", () -> volume(source));
    }
    for (XmlNode address : pciAddresses().toList()) {
      ask("whether a device of the host exists", () -> pciDevice(address));
    }
    return new HostRequirements(
        missing.stream().findFirst(),
        GraphicsPorts.fixed(domain),
        ImmutableList.<String>builder()
            .addAll(unknowns.all())
            .addAll(UncheckedRequirements.of(domain))
            .build());
  }

  private interface Question {
    Optional<Refusal> ask() throws LibvirtException;
  }

  private void ask(String what, Question question) throws ConnectionLostException {
    unknowns.ask(what, Optional.<Refusal>empty(), () -> orGone(question)).ifPresent(missing::add);
  }

  private static Optional<Refusal> orGone(Question question) throws LibvirtException {
    try {
      return question.ask();
    } catch (LibvirtException e) {
      ErrorNumber start = GONE.get(e.getError().getCode());
      if (start == null) {
        throw e;
      }
      return Optional.of(HostRequirements.missing(start, e.getMessage()));
    }
  }

  private Optional<Refusal> readCapabilities() throws LibvirtException {
    try {
      capabilities =
          Optional.of(
              XmlNode.parse(
                  host.domainCapabilities(
                      orNull("devices/emulator"),
                      orNull("os/type/@arch"),
                      orNull("os/type/@machine"),
                      orNull("@type"))));
      return Optional.empty();
    } catch (LibvirtException e) {
      if (e.getError().getDomain() != ErrorDomain.VIR_FROM_QEMU) {
        throw e;
      }
      return Optional.of(HostRequirements.missing(e));
    }
  }

  private @Nullable String orNull(String path) {
    return Strings.emptyToNull(domain.text(path));
  }

  private List<String> values(String path, String attribute) {
    return domain.all(path).stream()
        .map(element -> element.text(attribute))
        .filter(value -> !value.isEmpty())
        .toList();
  }

  private Optional<Refusal> cpu(XmlNode capabilities) throws LibvirtException {
    Optional<XmlNode> cpu = domain.first("cpu");
    if (cpu.isEmpty()) {
      return Optional.empty();
    }
    GuestCpu guest = new GuestCpu(cpu.get(), capabilities);
    Optional<Refusal> notOffered = guest.notOffered();
    return notOffered.isPresent() || !guest.isNamed() ? notOffered : incompatible(guest);
  }

  private Optional<Refusal> incompatible(GuestCpu guest) throws LibvirtException {
    try {
      host.checkHypervisorCPU(
          orNull("devices/emulator"),
          orNull("os/type/@arch"),
          orNull("os/type/@machine"),
          orNull("@type"),
          guest.cpu().xml());
      return Optional.empty();
    } catch (LibvirtException e) {
      if (e.getError().getDomain() != ErrorDomain.VIR_FROM_CPU) {
        throw e;
      }
      return guest.incompatible(e);
    }
  }

  private Stream<XmlNode> pciAddresses() {
    return domain.all("devices/hostdev").stream()
        .filter(device -> device.text("@type").equals("pci"))
        .flatMap(device -> device.all("source/address").stream());
  }

  private Optional<Refusal> passthrough(XmlNode capabilities) {
    boolean none =
        capabilities.all("devices/hostdev/enum").stream()
            .anyMatch(
                known ->
                    known.text("@name").equals("pciBackend") && known.first("value").isEmpty());
    return none && pciAddresses().findAny().isPresent()
        ? Optional.of(
            HostRequirements.missing(
                ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
                "the host does not support PCI passthrough"))
        : Optional.empty();
  }

  private Optional<Refusal> network(String name) throws LibvirtException {
    return host.isNetworkActive(name)
        ? Optional.empty()
        : Optional.of(
            HostRequirements.missing(
                ErrorNumber.VIR_ERR_OPERATION_INVALID,
                "network " + LogEscaper.quote(name) + " is not active"));
  }

  /** A volume with an optional startup policy may be missing. */
  private Optional<Refusal> volume(XmlNode source) throws LibvirtException {
    String pool = source.text("@pool");
    if (pool.isEmpty() || !List.of("", "mandatory").contains(source.text("@startupPolicy"))) {
      return Optional.empty();
    }
    if (!host.isStoragePoolActive(pool)) {
      return Optional.of(
          HostRequirements.missing(
              ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
              "storage pool " + LogEscaper.quote(pool) + " is not active"));
    }
    String unused = host.storageVolPath(pool, source.text("@volume"));
    return Optional.empty();
  }

  private Optional<Refusal> pciDevice(XmlNode address) throws LibvirtException {
    String unused =
        host.nodeDeviceXml(
            Stream.of("@domain", "@bus", "@slot", "@function")
                .map(part -> HEX.matcher(address.text(part)).replaceFirst(""))
                .collect(Collectors.joining("_", "pci_", "")));
    return Optional.empty();
  }
}
