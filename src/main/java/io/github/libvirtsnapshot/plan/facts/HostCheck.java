package io.github.libvirtsnapshot.plan.facts;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Queries whether the host has what QEMU guests require. libvirt prepares a start of each guest
 * without starting it; the other queries are about what this preparation does not check.
 */
final class HostCheck {
  /** The errors of a preparation that do not say that the start would fail. */
  private static final ImmutableSet<ErrorNumber> NOT_PREPARED =
      ImmutableSet.of(
          ErrorNumber.VIR_ERR_NO_SUPPORT,
          ErrorNumber.VIR_ERR_OPERATION_DENIED,
          ErrorNumber.VIR_ERR_ACCESS_DENIED,
          ErrorNumber.VIR_ERR_XML_ERROR,
          ErrorNumber.VIR_ERR_XML_DETAIL,
          ErrorNumber.VIR_ERR_RPC);

  private static final Pattern HEX = Pattern.compile("^0x");
  private static final long KIB_PER_MIB = 1024;

  private final HostAnswers answers = new HostAnswers();
  private final Map<String, String> newestMachines = new HashMap<>();
  private final HostQueries host;
  private OptionalInt cpuCount = OptionalInt.empty();

  HostCheck(Connect connect) {
    this.host = new HostQueries(connect);
  }

  /**
   * Queries what a revert and its undo require. The undo of a revert of an active guest starts the
   * present guest again.
   *
   * @param then the definition of the domain in the snapshot
   */
  HostRequirements requirements(Facts facts, XmlNode then) throws ConnectionLostException {
    HostRequirements revert = ofRevert(facts, then);
    Optional<XmlNode> present = facts.definitions().active();
    if (present.isEmpty()) {
      return revert;
    }
    Optional<MissingResource> missing = start(present.get(), present);
    if (missing.isEmpty()) {
      savedMemory("the memory of a safety snapshot", present.get());
    }
    return new HostRequirements(
        revert.missing(),
        missing.map(MissingResource::what),
        revert.ports(),
        Stream.concat(answers.unknowns().all().stream(), revert.unknowns().stream())
            .distinct()
            .toList());
  }

  /**
   * Queries only what a revert requires.
   *
   * @param then the definition of the domain in the snapshot
   */
  HostRequirements ofRevert(Facts facts, XmlNode then) throws ConnectionLostException {
    Optional<XmlNode> present = facts.definitions().active();
    boolean starts = !facts.hasTargetState(DomainState.SHUTOFF);
    Optional<MissingResource> missing =
        first(
            List.of(
                facts.snapshot().hasMemory() ? Optional.empty() : volumes(facts, then),
                starts ? start(then, present) : Optional.empty()));
    Optional<Refusal> missingEmulator =
        starts || present.isPresent()
            ? Optional.empty()
            : emulator(then).map(MissingResource::untouchedRefusal);
    if (starts) {
      memory(then, present);
    }
    if (starts && facts.snapshot().hasMemory() && missing.isEmpty()) {
      savedMemory("the memory of the snapshot", then);
    }
    return new HostRequirements(
        missing.map(MissingResource::refusal).or(() -> missingEmulator),
        Optional.empty(),
        starts ? GraphicsPorts.fixed(then) : ImmutableSet.of(),
        Stream.concat(
                answers.unknowns().all().stream(),
                starts
                    ? UncheckedRequirements.of(then, facts.domainFacts().images().readings().gone())
                        .stream()
                    : Stream.empty())
            .distinct()
            .toList());
  }

  /**
   * Queries whether the host can start a guest.
   *
   * @param present the definition of the active guest, if any, which has the TPM open
   */
  private Optional<MissingResource> start(XmlNode domain, Optional<XmlNode> present)
      throws ConnectionLostException {
    return first(
        List.of(
            prepare(domain, present),
            exactCpu(domain, present),
            networks(domain),
            pciDevices(domain),
            pinnedCpus(domain)));
  }

  /** A guest continues in its QEMU when the QEMU of the host is upgraded. */
  private void savedMemory(String memory, XmlNode domain) throws ConnectionLostException {
    Optional<String> family = SavedMemory.machineFamily(domain);
    if (family.isPresent()) {
      String newest = newestMachine(domain, family.get());
      SavedMemory.unknown(memory, domain, newest).ifPresent(answers.unknowns()::add);
    }
  }

  /** The name of the newest machine type contains the version of the emulator. */
  private String newestMachine(XmlNode domain, String family) throws ConnectionLostException {
    String key = domain.text("devices/emulator") + " " + family;
    String known = newestMachines.get(key);
    if (known != null) {
      return known;
    }
    String newest =
        answers
            .unknowns()
            .ask(
                "which version the emulator has",
                "",
                () ->
                    XmlNode.parse(
                            host.domainCapabilities(
                                orNull(domain, "devices/emulator"),
                                orNull(domain, "os/type/@arch"),
                                family,
                                orNull(domain, "@type")))
                        .text("machine"));
    newestMachines.put(key, newest);
    return newest;
  }

  /** Before a revert from shut off, libvirt reads the capabilities of the snapshot's emulator. */
  private Optional<MissingResource> emulator(XmlNode domain) throws ConnectionLostException {
    String emulator = domain.text("devices/emulator");
    return emulator.isEmpty()
        ? Optional.empty()
        : answers.ask(
            "whether the host has the emulator of the snapshot",
            "emulator " + emulator,
            () -> {
              try {
                String unused = host.domainCapabilities(emulator, null, null, null);
                return Optional.empty();
              } catch (LibvirtException e) {
                if (e.getError().getCode() == ErrorNumber.VIR_ERR_SYSTEM_ERROR
                    && e.getError().getDomain() == ErrorDomain.VIR_FROM_QEMU) {
                  return Optional.of(MissingResource.of(e));
                }
                throw e;
              }
            });
  }

  /**
   * A revert to a snapshot without memory requires each volume, also with a startup policy. A
   * volume whose image was read exists.
   */
  private Optional<MissingResource> volumes(Facts facts, XmlNode domain)
      throws ConnectionLostException {
    ImageReadings readings = facts.domainFacts().images().readings();
    List<Optional<MissingResource>> missing = new ArrayList<>();
    for (XmlNode source : domain.all("devices/disk/source")) {
      String pool = source.text("@pool");
      String volume = source.text("@volume");
      String image = pool + "/" + volume;
      if (!pool.isEmpty() && readings.of(image).isEmpty()) {
        missing.add(
            answers.ask("whether a volume exists", "volume " + image, () -> volume(pool, volume)));
      }
    }
    return first(missing);
  }

  /**
   * Records a doubt if a guest has more memory than the host, and more than the active guest. The
   * start fails unless the host has swap space or lets programs allocate more than it has.
   *
   * @param present the definition of the active guest, if any
   */
  private void memory(XmlNode domain, Optional<XmlNode> present) throws ConnectionLostException {
    long required = memory(domain);
    if (required > present.map(HostCheck::memory).orElse(0L)) {
      long available =
          answers
              .unknowns()
              .ask("whether the host has enough memory", Long.MAX_VALUE, host::memory);
      if (required > available) {
        answers
            .unknowns()
            .add(
                "whether the host has enough memory: the guest requires "
                    + required / KIB_PER_MIB
                    + " MiB, and the host has "
                    + available / KIB_PER_MIB
                    + " MiB");
      }
    }
  }

  /** Returns the memory of a guest in KiB; 0 if the definition does not name it. */
  static long memory(XmlNode domain) {
    Long memory = Longs.tryParse(domain.text("memory"));
    return memory == null ? 0 : memory;
  }

  private static Optional<MissingResource> first(List<Optional<MissingResource>> all) {
    return all.stream().flatMap(Optional::stream).findFirst();
  }

  private static @Nullable String orNull(XmlNode domain, String path) {
    return Strings.emptyToNull(domain.text(path));
  }

  private Optional<MissingResource> prepare(XmlNode domain, Optional<XmlNode> present)
      throws ConnectionLostException {
    String definition =
        present.filter(HostCheck::hasHostsTpm).isPresent()
            ? StartDefinition.withoutTpm(domain)
            : StartDefinition.of(domain);
    return answers.ask(
        "whether libvirt can prepare the start",
        "start " + definition,
        () -> {
          try {
            host.prepareStart(definition);
            return Optional.empty();
          } catch (LibvirtException e) {
            if (NOT_PREPARED.contains(e.getError().getCode())
                || e.getError().getDomain() == ErrorDomain.VIR_FROM_RPC) {
              throw e;
            }
            return Optional.of(MissingResource.of(e));
          }
        });
  }

  private static boolean hasHostsTpm(XmlNode domain) {
    return domain.all("devices/tpm/backend").stream()
        .anyMatch(backend -> backend.text("@type").equals("passthrough"));
  }

  /**
   * libvirt compares this CPU only after the start of QEMU. The host supports the CPU of the active
   * guest.
   */
  private Optional<MissingResource> exactCpu(XmlNode domain, Optional<XmlNode> present)
      throws ConnectionLostException {
    Optional<XmlNode> supported = present.flatMap(active -> active.first("cpu"));
    Optional<XmlNode> exact =
        domain
            .first("cpu")
            .filter(
                cpu ->
                    cpu.text("@check").equals("full")
                        && List.of("", "custom").contains(cpu.text("@mode"))
                        && !cpu.text("@match").equals("minimum")
                        && !cpu.text("model").isEmpty())
            .filter(cpu -> !supported.equals(Optional.of(cpu)));
    return exact.isEmpty()
        ? Optional.empty()
        : answers.ask(
            "whether the host still supports the CPU",
            "cpu " + exact.get().xml(),
            () -> compare(domain, exact.get()));
  }

  private Optional<MissingResource> compare(XmlNode domain, XmlNode cpu) throws LibvirtException {
    try {
      host.checkHypervisorCPU(
          orNull(domain, "devices/emulator"),
          orNull(domain, "os/type/@arch"),
          orNull(domain, "os/type/@machine"),
          orNull(domain, "@type"),
          cpu.xml());
      return Optional.empty();
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_CPU_INCOMPATIBLE) {
        throw e;
      }
      return Optional.of(new MissingResource(ErrorNumber.VIR_ERR_OPERATION_FAILED, e.getMessage()));
    }
  }

  private Optional<MissingResource> networks(XmlNode domain) throws ConnectionLostException {
    List<Optional<MissingResource>> missing = new ArrayList<>();
    for (XmlNode source : domain.all("devices/interface/source")) {
      String network = source.text("@network");
      if (!network.isEmpty()) {
        missing.add(
            answers.ask(
                "whether a network is active", "network " + network, () -> network(network)));
      }
    }
    return first(missing);
  }

  private Optional<MissingResource> network(String name) throws LibvirtException {
    return host.isNetworkActive(name)
        ? Optional.empty()
        : Optional.of(
            new MissingResource(
                ErrorNumber.VIR_ERR_OPERATION_INVALID,
                "network " + LogEscaper.quote(name) + " is not active"));
  }

  private Optional<MissingResource> volume(String pool, String volume) throws LibvirtException {
    if (!host.isStoragePoolActive(pool)) {
      return Optional.of(
          new MissingResource(
              ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
              "storage pool " + LogEscaper.quote(pool) + " is not active"));
    }
    String unused = host.storageVolPath(pool, volume);
    return Optional.empty();
  }

  private Optional<MissingResource> pciDevices(XmlNode domain) throws ConnectionLostException {
    List<String> devices =
        domain.all("devices/hostdev").stream()
            .filter(device -> device.text("@type").equals("pci"))
            .flatMap(device -> device.all("source/address").stream())
            .map(HostCheck::pciName)
            .toList();
    if (devices.isEmpty()) {
      return Optional.empty();
    }
    List<Optional<MissingResource>> missing = new ArrayList<>();
    missing.add(
        answers.ask(
            "whether the host supports device passthrough",
            "passthrough",
            () -> passthrough(domain)));
    for (String device : devices) {
      missing.add(
          answers.ask("whether a device of the host exists", device, () -> pciDevice(device)));
    }
    return first(missing);
  }

  private static String pciName(XmlNode address) {
    return Stream.of("@domain", "@bus", "@slot", "@function")
        .map(part -> HEX.matcher(address.text(part)).replaceFirst(""))
        .collect(Collectors.joining("_", "pci_", ""));
  }

  private Optional<MissingResource> passthrough(XmlNode domain) throws LibvirtException {
    XmlNode capabilities =
        XmlNode.parse(
            host.domainCapabilities(
                orNull(domain, "devices/emulator"),
                orNull(domain, "os/type/@arch"),
                orNull(domain, "os/type/@machine"),
                orNull(domain, "@type")));
    boolean none =
        capabilities.all("devices/hostdev/enum").stream()
            .anyMatch(
                known ->
                    known.text("@name").equals("pciBackend") && known.first("value").isEmpty());
    return none
        ? Optional.of(
            new MissingResource(
                ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
                "the host does not support PCI passthrough"))
        : Optional.empty();
  }

  private Optional<MissingResource> pciDevice(String name) throws LibvirtException {
    String unused = host.nodeDeviceXml(name);
    return Optional.empty();
  }

  private Optional<MissingResource> pinnedCpus(XmlNode domain) throws ConnectionLostException {
    List<String> pinned = PinnedCpus.of(domain);
    if (pinned.isEmpty()) {
      return Optional.empty();
    }
    return answers.ask(
        "whether the host has the CPUs that the guest is pinned to",
        "pinned " + pinned,
        () -> lacking(pinned));
  }

  private Optional<MissingResource> lacking(List<String> pinned) throws LibvirtException {
    int count = cpuCount();
    return pinned.stream()
        .filter(cpus -> !PinnedCpus.includeOneOf(cpus, count))
        .findFirst()
        .map(
            cpus ->
                new MissingResource(
                    ErrorNumber.VIR_ERR_SYSTEM_ERROR,
                    "the host has none of the CPUs " + LogEscaper.escape(cpus)));
  }

  private int cpuCount() throws LibvirtException {
    if (cpuCount.isEmpty()) {
      cpuCount = OptionalInt.of(host.cpuCount());
    }
    return cpuCount.getAsInt();
  }
}
