package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.plan.Requests;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** A domain with disks and snapshots, made up for a test, and the facts of a revert. */
public final class Scene {
  private final Map<String, XmlNode> snapshots = new LinkedHashMap<>();
  private final List<OtherDomain> others = new ArrayList<>();
  private XmlNode definition = XmlNode.parse("<domain><devices/></domain>");
  private StateReason state = StateReason.SHUTOFF_SAVED;
  private Optional<String> current = Optional.empty();
  private boolean persistent = true;
  private boolean managedSave;
  private final List<Set<String>> checkpoints = new ArrayList<>();
  private final Map<String, String> unreadable = new LinkedHashMap<>();
  private final Map<String, String> listening = new LinkedHashMap<>();
  private HostRequirements host = HostRequirements.NONE;
  private boolean otherMachine;
  private boolean snapshotsKnown = true;
  private boolean othersKnown = true;
  private long libvirtVersion = 11_003_000;
  private int flags;

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

  public Scene disks(String... disks) {
    return domain("<devices>" + String.join("", disks) + "</devices>");
  }

  public Scene domain(String content) {
    definition = XmlNode.parse("<domain>" + content + "</domain>");
    return this;
  }

  public Scene in(StateReason reason) {
    state = reason;
    return this;
  }

  public Scene isTransient() {
    persistent = false;
    return this;
  }

  public Scene withManagedSave() {
    managedSave = true;
    return this;
  }

  public Scene checkpointIn(String... images) {
    checkpoints.add(Set.of(images));
    return this;
  }

  public Scene unreadable(String image, String why) {
    unreadable.put(image, why);
    return this;
  }

  public Scene listening(String port, String domain) {
    listening.put(port, domain);
    return this;
  }

  public Scene asAnotherMachine() {
    otherMachine = true;
    return this;
  }

  public Scene needing(HostRequirements needs) {
    host = needs;
    return this;
  }

  public Scene withUnreadableSnapshots() {
    snapshotsKnown = false;
    return this;
  }

  public Scene withUnknownOthers() {
    othersKnown = false;
    return this;
  }

  public Scene onLibvirt(long version) {
    libvirtVersion = version;
    return this;
  }

  public Scene flags(int bits) {
    flags = bits;
    return this;
  }

  public Scene other(String name, boolean active, String... disks) {
    XmlNode other =
        XmlNode.parse("<domain><devices>" + String.join("", disks) + "</devices></domain>");
    others.add(new OtherDomain(name, active, Disk.of(other)));
    return this;
  }

  /**
   * Adds a snapshot, a child of the one that was added before, which is the current one then.
   *
   * @param modes the content of {@code disks}
   * @param more what else is in it, such as the memory
   */
  public Scene snapshot(String name, String state, String modes, String domain, String... more) {
    String parent = current.map(known -> "<parent><name>" + known + "</name></parent>").orElse("");
    snapshots.put(
        name,
        XmlNode.parse(
            "<domainsnapshot><name>"
                + name
                + "</name>"
                + parent
                + "<creationTime>"
                + snapshots.size()
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

  /** Adds an internal snapshot of a shut off domain with these disks, of which vda is in it. */
  public Scene internal(String name, String... disks) {
    return snapshot(
        name,
        "shutoff",
        "<disk name='vda' snapshot='internal'/>",
        "<devices>" + String.join("", disks) + "</devices>");
  }

  /** Adds an external snapshot of a shut off domain, whose disk vda goes on in an overlay. */
  public Scene external(String name, String overlay, String... disks) {
    return snapshot(
        name,
        "shutoff",
        "<disk name='vda' snapshot='external'><source file='" + overlay + "'/></disk>",
        "<devices>" + String.join("", disks) + "</devices>");
  }

  public Scene current(String name) {
    current = Optional.ofNullable(name);
    return this;
  }

  public XmlNode definition() {
    return definition;
  }

  /** Returns the facts of a revert to a snapshot. */
  public Facts revertingTo(String name) {
    SnapshotDescription target = SnapshotDescription.parse(snapshots.get(name).xml());
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
        definitions(definition),
        List.of(),
        new DomainFacts(
            new ImageGraph(
                Disk.of(definition),
                current,
                snapshots.values().stream()
                    .map(each -> SnapshotDescription.parse(each.xml()))
                    .toList(),
                others),
            snapshotsKnown,
            othersKnown,
            checkpoints,
            unreadable,
            listening,
            Nvram.of(definition),
            List.of()),
        new Blockers(false, Optional.empty(), otherMachine, host),
        List.of());
  }

  /** Returns the facts of a revert about which nothing else is known. */
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
        definitions(XmlNode.parse("<domain/>")),
        List.of(),
        DomainFacts.of(List.of()),
        new Blockers(false, Optional.empty(), other, HostRequirements.NONE),
        List.of());
  }

  private static Definitions definitions(XmlNode persistent) {
    return new Definitions(Optional.empty(), Optional.of(persistent), Optional.empty());
  }
}
