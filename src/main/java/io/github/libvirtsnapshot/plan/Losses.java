package io.github.libvirtsnapshot.plan;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.List;

/** Finds out what a revert would take away. */
final class Losses {
  private static final ImmutableSet<String> REMOVABLE = ImmutableSet.of("cdrom", "floppy");

  private final XmlNode definition;
  private final List<Loss> losses = new ArrayList<>();

  private Losses(XmlNode definition) {
    this.definition = definition;
  }

  /**
   * Returns them.
   *
   * @param definition the domain as it is
   */
  static List<Loss> of(XmlNode definition, DomainStatus before, SnapshotDetails snapshot) {
    Losses found = new Losses(definition);
    if (before.isActive()) {
      found.addMemory();
      found.addConsoles();
    }
    found.addDisks(snapshot);
    if (before.managedSave()) {
      found.addManagedSave();
    }
    if (snapshot.external()) {
      found.addOverlays();
    }
    return List.copyOf(found.losses);
  }

  /** Returns the targets of the disks that may be written to. */
  static List<String> disks(XmlNode definition) {
    return definition.all("devices/disk").stream()
        .filter(disk -> !REMOVABLE.contains(disk.text("@device")))
        .filter(disk -> disk.first("readonly").isEmpty())
        .map(disk -> disk.text("target/@dev"))
        .toList();
  }

  private void addMemory() {
    losses.add(new Loss(Loss.Kind.MEMORY, "what the guest has in memory"));
  }

  private void addConsoles() {
    List<String> consoles = new ArrayList<>();
    definition
        .all("devices/graphics")
        .forEach(graphics -> consoles.add(LogText.escape(graphics.text("@type"))));
    if (definition.first("devices/serial").isPresent()
        || definition.first("devices/console").isPresent()) {
      consoles.add("serial console");
    }
    if (!consoles.isEmpty()) {
      losses.add(
          new Loss(Loss.Kind.CONSOLES, "the connections to its " + Joiner.on(", ").join(consoles)));
    }
  }

  private void addDisks(SnapshotDetails snapshot) {
    List<String> disks = disks(definition);
    if (!disks.isEmpty()) {
      losses.add(
          new Loss(
              Loss.Kind.DISKS,
              "what was written to "
                  + LogText.escape(Joiner.on(", ").join(disks))
                  + " since "
                  + snapshot.taken().map(String::valueOf).orElse("the snapshot")
                  + " and is in no other snapshot"));
    }
  }

  private void addManagedSave() {
    losses.add(
        new Loss(
            Loss.Kind.MANAGED_SAVE,
            "the managed save image: it stays, but no longer fits the disks, and the next start"
                + " would go on from it"));
  }

  private void addOverlays() {
    for (XmlNode disk : definition.all("devices/disk")) {
      String file = disk.text("source/@file");
      if (!file.isEmpty()) {
        losses.add(
            new Loss(
                Loss.Kind.OVERLAYS,
                "what is in "
                    + LogText.escape(file)
                    + ": disk "
                    + LogText.escape(disk.text("target/@dev"))
                    + " gets a new file, and libvirt may delete this one"));
      }
    }
  }
}
