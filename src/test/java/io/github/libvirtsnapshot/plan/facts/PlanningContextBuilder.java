package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.plan.Requests;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Builds the facts of a revert for a test, from a domain with disks and snapshots. */
public final class PlanningContextBuilder {
  private final Map<String, XmlNode> snapshots = new LinkedHashMap<>();
  private final List<OtherDomain> others = new ArrayList<>();
  private XmlNode definition = XmlNode.parse("<domain><devices/></domain>");
  private Optional<XmlNode> active = Optional.empty();
  private StateReason state = StateReason.SHUTOFF_SAVED;
  private Optional<String> current = Optional.empty();
  private boolean persistent = true;
  private boolean managedSave;
  private final Map<String, Set<String>> checkpoints = new LinkedHashMap<>();
  private final Map<String, String> unreadable = new LinkedHashMap<>();
  private final Map<String, String> listening = new LinkedHashMap<>();
  private final Map<String, ImageReading> readings = new LinkedHashMap<>();
  private final Map<String, String> unread = new LinkedHashMap<>();
  private final Set<String> gone = new LinkedHashSet<>();
  private final Set<String> notQcow2 = new LinkedHashSet<>();
  private HostRequirements host = HostRequirements.NONE;
  private boolean otherMachine;
  private boolean snapshotsKnown = true;
  private boolean othersKnown = true;
  private long libvirtVersion = 11_003_000;
  private int flags;
  private OptionalInt creationTime = OptionalInt.empty();

  /** Returns the XML of a disk in a file. */
  public static String disk(String target, String image, String... more) {
    return "<disk type='file' device='disk'><driver type='qcow2'/><source file='"
        + image
        + "'/><target dev='"
        + target
        + "'/>"
        + String.join("", more)
        + "</disk>";
  }

  public PlanningContextBuilder disks(String... disks) {
    return domain("<devices>" + String.join("", disks) + "</devices>");
  }

  public PlanningContextBuilder domain(String content) {
    definition = XmlNode.parse("<domain>" + content + "</domain>");
    return this;
  }

  /** Sets a definition of the running guest that differs from the persistent definition. */
  public PlanningContextBuilder active(String content) {
    active = Optional.of(XmlNode.parse("<domain>" + content + "</domain>"));
    return this;
  }

  public PlanningContextBuilder in(StateReason reason) {
    state = reason;
    return this;
  }

  public PlanningContextBuilder isTransient() {
    persistent = false;
    return this;
  }

  public PlanningContextBuilder withManagedSave() {
    managedSave = true;
    return this;
  }

  /** Adds a checkpoint with the next of the names {@code c1}, {@code c2}, ... */
  public PlanningContextBuilder checkpointIn(String... images) {
    checkpoints.put("c" + (checkpoints.size() + 1), Set.of(images));
    return this;
  }

  public PlanningContextBuilder unreadable(String image, String why) {
    unreadable.put(image, why);
    return this;
  }

  public PlanningContextBuilder read(String image, ImageReading reading) {
    readings.put(image, reading);
    return this;
  }

  public PlanningContextBuilder unread(String image, String why) {
    unread.put(image, why);
    return this;
  }

  public PlanningContextBuilder gone(String image) {
    gone.add(image);
    return unread(image, "Storage volume not found");
  }

  public PlanningContextBuilder notQcow2(String image) {
    notQcow2.add(image);
    return unread(image, "the image is not a qcow2 image");
  }

  public PlanningContextBuilder listening(String port, String domain) {
    listening.put(port, domain);
    return this;
  }

  public PlanningContextBuilder asAnotherMachine() {
    otherMachine = true;
    return this;
  }

  public PlanningContextBuilder needing(HostRequirements needs) {
    host = needs;
    return this;
  }

  public PlanningContextBuilder withUnreadableSnapshots() {
    snapshotsKnown = false;
    return this;
  }

  public PlanningContextBuilder withUnknownOthers() {
    othersKnown = false;
    return this;
  }

  public PlanningContextBuilder onLibvirt(long version) {
    libvirtVersion = version;
    return this;
  }

  public PlanningContextBuilder flags(int bits) {
    flags = bits;
    return this;
  }

  public PlanningContextBuilder other(String name, boolean active, String... disks) {
    XmlNode other =
        XmlNode.parse("<domain><devices>" + String.join("", disks) + "</devices></domain>");
    others.add(new OtherDomain(name, active, Disk.of(other), Map.of(), Optional.empty()));
    return this;
  }

  /** Adds a running domain with an NVRAM and no disks. */
  public PlanningContextBuilder otherWithNvram(String name, String nvram) {
    others.add(new OtherDomain(name, true, List.of(), Map.of(), Optional.of(nvram)));
    return this;
  }

  /** Sets the time of the snapshots that are added, in seconds since 1970. */
  public PlanningContextBuilder takenAt(int second) {
    creationTime = OptionalInt.of(second);
    return this;
  }

  /**
   * Adds a snapshot as a child of the present current snapshot, and makes it the current one.
   *
   * @param modes the content of the {@code disks} element
   * @param more other elements, such as {@code memory}
   */
  public PlanningContextBuilder snapshot(
      String name, String state, String modes, String domain, String... more) {
    String parent = current.map(known -> "<parent><name>" + known + "</name></parent>").orElse("");
    snapshots.put(
        name,
        XmlNode.parse(
            "<domainsnapshot><name>"
                + name
                + "</name>"
                + parent
                + "<creationTime>"
                + creationTime.orElse(snapshots.size())
                + "</creationTime><state>"
                + state
                + "</state><disks>"
                + modes
                + "</disks>"
                + String.join("", more)
                + "<domain>"
                + domain
                + "</domain></domainsnapshot>"));
    current = Optional.of(name);
    return this;
  }

  /**
   * Adds an internal snapshot of a domain that is shut off. The snapshot includes only disk vda.
   */
  public PlanningContextBuilder internal(String name, String... disks) {
    return snapshot(
        name,
        "shutoff",
        "<disk name='vda' snapshot='internal'/>",
        "<devices>" + String.join("", disks) + "</devices>");
  }

  /** Adds an external snapshot of a domain that is shut off, with an overlay for disk vda. */
  public PlanningContextBuilder external(String name, String overlay, String... disks) {
    return snapshot(
        name,
        "shutoff",
        "<disk name='vda' snapshot='external'><source file='" + overlay + "'/></disk>",
        "<devices>" + String.join("", disks) + "</devices>");
  }

  public PlanningContextBuilder current(String name) {
    current = Optional.ofNullable(name);
    return this;
  }

  public XmlNode definition() {
    return definition;
  }

  /** Returns the facts of a revert to a snapshot. */
  public Facts revertingTo(String name) {
    SnapshotDescription target = SnapshotDescription.parse(snapshots.get(name).xml());
    Definitions definitions = new Definitions(active, Optional.of(definition), Optional.empty());
    return new Facts(
        new HypervisorDriver("QEMU", libvirtVersion),
        new DomainStatus(
            StateAndReason.of(state),
            switch (state.state()) {
              case SHUTOFF -> OptionalInt.empty();
              default -> OptionalInt.of(7);
            },
            current,
            persistent,
            managedSave),
        Requests.of(target, flags),
        target,
        definitions,
        List.of(),
        new DomainFacts(
            new ImageGraph(
                definitions.disks(),
                current,
                snapshots.values().stream()
                    .map(each -> SnapshotDescription.parse(each.xml()))
                    .toList(),
                others,
                new ImageReadings(readings, unread, gone, notQcow2, Map.of())),
            snapshotsKnown,
            othersKnown,
            checkpoints,
            unreadable,
            listening,
            Nvram.of(definition),
            List.of(),
            List.of()),
        new Blockers(false, Optional.empty(), otherMachine, host),
        List.of());
  }

  /** Returns the facts of a revert without facts about disks and other domains. */
  public static Facts of(
      HypervisorDriver driver,
      DomainStatus before,
      int flags,
      SnapshotDescription target,
      boolean other) {
    return new Facts(
        driver,
        before,
        Requests.of(target, flags),
        target,
        new Definitions(
            Optional.empty(), Optional.of(XmlNode.parse("<domain/>")), Optional.empty()),
        List.of(),
        DomainFacts.of(List.of()),
        new Blockers(false, Optional.empty(), other, HostRequirements.NONE),
        List.of());
  }
}
