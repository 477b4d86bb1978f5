package io.github.libvirtsnapshot.revert;

import com.google.common.base.Joiner;
import io.github.libvirtsnapshot.LogText;
import java.util.ArrayList;
import java.util.List;

/** Finds out what a revert would take away. */
final class Losses {
  private Losses() {}

  static List<Loss> of(XmlNode live, DomainStatus before, SnapshotXml snapshot) {
    List<Loss> losses = new ArrayList<>();
    if (before.id().isPresent()) {
      losses.add(new Loss(Loss.Kind.MEMORY, "what the guest has in memory"));
      consoles(live, losses);
    }
    List<String> disks = disks(live);
    if (!disks.isEmpty()) {
      losses.add(
          new Loss(
              Loss.Kind.DISKS,
              "what was written to "
                  + LogText.escape(Joiner.on(", ").join(disks))
                  + " since "
                  + snapshot.taken()
                  + " and is in no other snapshot"));
    }
    if (before.managedSave()) {
      losses.add(
          new Loss(
              Loss.Kind.MANAGED_SAVE,
              "the managed save image: it stays, but no longer fits the disks, and the next start"
                  + " would go on from it"));
    }
    if (snapshot.external()) {
      overlays(live, losses);
    }
    return losses;
  }

  /** Returns the targets of the disks that may be written to. */
  static List<String> disks(XmlNode domain) {
    return domain
        .all("devices/disk[not(@device='cdrom') and not(@device='floppy') and not(readonly)]")
        .stream()
        .map(disk -> disk.text("target/@dev"))
        .toList();
  }

  private static void consoles(XmlNode live, List<Loss> losses) {
    List<String> consoles = new ArrayList<>();
    live.all("devices/graphics").forEach(graphics -> consoles.add(graphics.text("@type")));
    if (!live.all("devices/serial | devices/console").isEmpty()) {
      consoles.add("serial console");
    }
    if (!consoles.isEmpty()) {
      losses.add(
          new Loss(
              Loss.Kind.CONSOLES,
              "the connections to its " + LogText.escape(Joiner.on(", ").join(consoles))));
    }
  }

  private static void overlays(XmlNode live, List<Loss> losses) {
    for (XmlNode disk : live.all("devices/disk[source/@file]")) {
      losses.add(
          new Loss(
              Loss.Kind.OVERLAYS,
              "what is in "
                  + LogText.escape(disk.text("source/@file"))
                  + ": disk "
                  + LogText.escape(disk.text("target/@dev"))
                  + " gets a new file, and libvirt may delete this one"));
    }
  }
}
