package io.github.libvirtsnapshot.definition;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a revert does with each element of a domain's definition.
 *
 * <p>The table has each child element of {@code domain}, {@code os} and {@code devices} in the
 * schema of libvirt 9.0, and the newer ones that are known. {@code ElementTableIT} compares the
 * table with the schema of the installed libvirt.
 */
public final class ElementTable {
  /** The elements whose children are in the table. */
  public static final ImmutableSet<String> PARENTS = ImmutableSet.of("", "os", "devices");

  /**
   * The elements with state. For an element, the first row applies whose condition is met. If none
   * is met, the element is unknown, unless it is also in the table of elements without state.
   */
  private static final ImmutableList<Row> STATES =
      ImmutableList.of(
          Row.of("memory", Treatment.IN_SNAPSHOT, "memory", ""),
          Row.of("os/nvram", Treatment.IN_SNAPSHOT, "NVRAM", ""),
          Row.of("os/varstore", Treatment.WITH_MEMORY, "UEFI variable store", ""),
          Row.of("devices/disk[transient]", Treatment.DISCARDED, "disk", "target/@dev"),
          Row.of("devices/disk", Treatment.IN_SNAPSHOT, "disk", "target/@dev"),
          Row.of("devices/memory[@model=nvdimm]", Treatment.WITH_MEMORY, "NVDIMM", "source/path"),
          Row.of(
              "devices/memory[@model=virtio-pmem]",
              Treatment.NEVER,
              "persistent memory",
              "source/path"),
          Row.of("devices/memory[@model=dimm]", Treatment.IN_SNAPSHOT, "memory", ""),
          Row.of("devices/memory[@model=virtio-mem]", Treatment.IN_SNAPSHOT, "memory", ""),
          Row.of("devices/nvram", Treatment.WITH_MEMORY, "NVRAM of the machine", ""),
          Row.of("devices/tpm[backend/@type=emulator]", Treatment.WITH_MEMORY, "TPM", ""),
          Row.of(
              "devices/tpm[backend/@type=external]",
              Treatment.WITH_MEMORY,
              "TPM",
              "backend/source/@path"),
          Row.of(
              "devices/tpm[backend/@type=passthrough]",
              Treatment.NEVER,
              "TPM",
              "backend/device/@path"),
          Row.of(
              "devices/filesystem[@type=mount]", Treatment.NEVER, "shared folder", "source/@dir"),
          Row.of(
              "devices/shmem[model/@type=ivshmem-doorbell]",
              Treatment.NEVER,
              "shared memory",
              "@name"),
          Row.of("devices/shmem[@role=master]", Treatment.WITH_MEMORY, "shared memory", "@name"),
          Row.of("devices/shmem[@role=peer]", Treatment.NEVER, "shared memory", "@name"),
          Row.of("devices/shmem[@role=]", Treatment.NEVER, "shared memory", "@name"),
          Row.of("devices/pstore", Treatment.NEVER, "persistent store", "path"),
          Row.of("devices/hostdev[@type=mdev]", Treatment.NEVER, "host device", ""),
          Row.of("devices/hostdev[@type=pci]", Treatment.NEVER, "host device", ""),
          Row.of("devices/hostdev[@type=scsi]", Treatment.NEVER, "host device", ""),
          Row.of("devices/hostdev[@type=scsi_host]", Treatment.NEVER, "host device", ""),
          Row.of("devices/hostdev[@type=usb]", Treatment.NEVER, "host device", ""),
          Row.of("devices/serial[source/@append=on]", Treatment.NO_STATE, "", ""),
          Row.of("devices/serial[@type=file]", Treatment.EMPTIED, "file", "source/@path"),
          Row.of("devices/serial/log[@append=on]", Treatment.NO_STATE, "", ""),
          Row.of("devices/serial/log", Treatment.EMPTIED, "file", "@file"),
          Row.of("devices/parallel[source/@append=on]", Treatment.NO_STATE, "", ""),
          Row.of("devices/parallel[@type=file]", Treatment.EMPTIED, "file", "source/@path"),
          Row.of("devices/parallel/log[@append=on]", Treatment.NO_STATE, "", ""),
          Row.of("devices/parallel/log", Treatment.EMPTIED, "file", "@file"),
          Row.of("devices/console[source/@append=on]", Treatment.NO_STATE, "", ""),
          Row.of("devices/console[@type=file]", Treatment.EMPTIED, "file", "source/@path"),
          Row.of("devices/console/log[@append=on]", Treatment.NO_STATE, "", ""),
          Row.of("devices/console/log", Treatment.EMPTIED, "file", "@file"),
          Row.of("devices/channel[source/@append=on]", Treatment.NO_STATE, "", ""),
          Row.of("devices/channel[@type=file]", Treatment.EMPTIED, "file", "source/@path"),
          Row.of("devices/channel/log[@append=on]", Treatment.NO_STATE, "", ""),
          Row.of("devices/channel/log", Treatment.EMPTIED, "file", "@file"));

  /** The elements without state. */
  private static final ImmutableSetMultimap<Treatment, String> WITHOUT_STATE =
      ImmutableSetMultimap.<Treatment, String>builder()
          .putAll(
              Treatment.HOST,
              "bootloader",
              "cpu",
              "cputune",
              "launchSecurity",
              "memoryBacking",
              "numatune",
              "resource",
              "seclabel",
              "os/acpi",
              "os/dtb",
              "os/initrd",
              "os/kernel",
              "os/loader",
              "os/shim",
              "os/type",
              "devices/audio",
              "devices/crypto",
              "devices/emulator",
              "devices/graphics",
              "devices/input",
              "devices/interface",
              "devices/lease",
              "devices/redirdev",
              "devices/rng",
              "devices/smartcard",
              "devices/video",
              "devices/vsock")
          .putAll(
              Treatment.NO_STATE,
              "blkiotune",
              "bootloader_args",
              "clock",
              "currentMemory",
              "defaultiothread",
              "description",
              "features",
              "genid",
              "hwuuid",
              "idmap",
              "iommufd",
              "iothreadids",
              "iothreads",
              "keywrap",
              "lxc:namespace",
              "maxMemory",
              "memtune",
              "metadata",
              "name",
              "on_crash",
              "on_lockfailure",
              "on_poweroff",
              "on_reboot",
              "os",
              "devices",
              "perf",
              "pm",
              "qemu:capabilities",
              "qemu:deprecation",
              "sysinfo",
              "throttlegroups",
              "title",
              "uuid",
              "vcpu",
              "vcpus",
              "vmware:datacenterpath",
              "os/bios",
              "os/boot",
              "os/bootmenu",
              "os/cmdline",
              "os/firmware",
              "os/init",
              "os/initarg",
              "os/initdir",
              "os/initenv",
              "os/initgroup",
              "os/inituser",
              "os/root",
              "os/smbios",
              "devices/channel",
              "devices/console",
              "devices/controller",
              "devices/hub",
              "devices/iommu",
              "devices/memballoon",
              "devices/panic",
              "devices/parallel",
              "devices/redirfilter",
              "devices/serial",
              "devices/sound",
              "devices/watchdog")
          .putAll(
              Treatment.UNREAD,
              "bhyve:commandline",
              "qemu:commandline",
              "qemu:override",
              "xen:commandline")
          .build();

  private ElementTable() {}

  /**
   * A row of the table.
   *
   * @param key the path of the element, with the condition in brackets if the row has one: a path
   *     that exists in the element, or a path and its text, which is empty if the path is missing
   * @param label the name of the kind of state
   * @param source the path of the name of the file, folder or device with the state
   */
  private record Row(
      String key, String path, String condition, Treatment treatment, String label, String source) {
    static Row of(String key, Treatment treatment, String label, String source) {
      int bracket = key.indexOf('[');
      return bracket < 0
          ? new Row(key, key, "", treatment, label, source)
          : new Row(
              key,
              key.substring(0, bracket),
              key.substring(bracket + 1, key.length() - 1),
              treatment,
              label,
              source);
    }

    /** Returns the path that the condition is about, with its text in an element. */
    String conditionIn(XmlNode element) {
      String subject = Splitter.on('=').splitToList(condition).get(0);
      return "[" + subject + "=" + element.text(subject) + "]";
    }

    boolean appliesTo(XmlNode element) {
      int equals = condition.indexOf('=');
      return equals < 0
          ? condition.isEmpty() || element.first(condition).isPresent()
          : element.text(condition.substring(0, equals)).equals(condition.substring(equals + 1));
    }

    ElementState stateOf(XmlNode element) {
      return new ElementState(label, source.isEmpty() ? "" : element.text(source), treatment);
    }
  }

  /** Returns the keys of the rows with a treatment. */
  public static Set<String> keys(Treatment treatment) {
    return Stream.concat(
            STATES.stream().filter(row -> row.treatment == treatment).map(Row::key),
            WITHOUT_STATE.get(treatment).stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns whether the table has an element. */
  public static boolean has(String path) {
    return WITHOUT_STATE.containsValue(path) || rows(path).findAny().isPresent();
  }

  /** Returns the states with one of these treatments in a domain's definition, each once. */
  public static List<ElementState> states(XmlNode domain, Treatment... treatments) {
    Set<Treatment> wanted = ImmutableSet.copyOf(treatments);
    return STATES.stream()
        .map(Row::path)
        .distinct()
        .flatMap(path -> domain.all(path).stream().flatMap(element -> state(path, element)))
        .filter(state -> wanted.contains(state.treatment()))
        .distinct()
        .toList();
  }

  private static Stream<ElementState> state(String path, XmlNode element) {
    return row(path, element).map(row -> row.stateOf(element)).stream();
  }

  private static Optional<Row> row(String path, XmlNode element) {
    return rows(path).filter(row -> row.appliesTo(element)).findFirst();
  }

  private static Stream<Row> rows(String path) {
    return STATES.stream().filter(row -> row.path.equals(path));
  }

  /**
   * Returns the paths of the elements in a domain's definition of which the library does not know
   * what a revert does with them. If the table has other variants of an element, the path is
   * followed by what makes the variant, as in {@code devices/tpm[backend/@type=remote]}.
   */
  public static Set<String> unknown(XmlNode domain) {
    ImmutableSet.Builder<String> unknown = ImmutableSet.builder();
    for (String parent : PARENTS) {
      List<XmlNode> owners = parent.isEmpty() ? List.of(domain) : domain.all(parent);
      for (XmlNode owner : owners) {
        for (XmlNode child : owner.children()) {
          String path = parent.isEmpty() ? child.name() : parent + "/" + child.name();
          if (!isKnown(path, child)) {
            unknown.add(variant(path, child));
          }
        }
      }
    }
    return unknown.build();
  }

  private static boolean isKnown(String path, XmlNode element) {
    return WITHOUT_STATE.containsValue(path)
        ? !WITHOUT_STATE.containsEntry(Treatment.UNREAD, path)
        : row(path, element).isPresent();
  }

  private static String variant(String path, XmlNode element) {
    return rows(path)
        .map(row -> row.conditionIn(element))
        .distinct()
        .collect(Collectors.joining("", path, ""));
  }
}
