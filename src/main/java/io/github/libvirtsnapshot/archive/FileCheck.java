package io.github.libvirtsnapshot.archive;

import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.Multimap;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Finds out which files of snapshots, and which of their emulators, exist on a host. */
final class FileCheck {
  private static final Set<ErrorNumber> NO_VOLUME =
      Set.of(ErrorNumber.VIR_ERR_NO_STORAGE_POOL, ErrorNumber.VIR_ERR_NO_STORAGE_VOL);

  private final HostQueries host;
  private final StorageVolumes volumes;

  /** The emulator of the domain, which existed when libvirt accepted the definition. */
  private final String present;

  private final List<String> refusals = new ArrayList<>();
  private final List<String> unknowns = new ArrayList<>();

  private FileCheck(Connect connect, StorageVolumes volumes, String present) {
    this.host = new HostQueries(connect);
    this.volumes = volumes;
    this.present = present;
  }

  /**
   * Looks for the files that reverts to the snapshots need, and for the emulators without which
   * libvirt adds no snapshot. Each file is looked for once.
   *
   * @param definition the definition of the domain on the host
   */
  static FileCheck of(
      Connect connect, XmlNode definition, Collection<SnapshotDescription> snapshots)
      throws LibvirtException {
    Multimap<String, String> needed = LinkedHashMultimap.create();
    snapshots.forEach(each -> files(each).forEach(file -> needed.put(file, each.name())));
    Multimap<String, String> emulators = LinkedHashMultimap.create();
    snapshots.forEach(
        each -> each.domain().ifPresent(guest -> emulators.put(emulator(guest), each.name())));
    emulators.removeAll("");
    PoolCreation creation = PoolCreation.IN_FOLDERS_OF_POOLS.onLibvirt(connect.getLibVersion());
    try (StorageVolumes volumes = StorageVolumes.of(connect, creation)) {
      FileCheck check = new FileCheck(connect, volumes, emulator(definition));
      for (String file : needed.keySet()) {
        check.lookFor(file, needed.get(file));
      }
      for (String emulator : emulators.keySet()) {
        check.lookForEmulator(emulator, emulators.get(emulator));
      }
      return check;
    }
  }

  /** An overlay that a snapshot names has the data after the snapshot, which no revert needs. */
  private static Stream<String> files(SnapshotDescription snapshot) {
    return Stream.concat(
        Disk.images(snapshot.disks().stream().filter(Disk::isRequired)).stream(),
        snapshot.details().memory().file().stream());
  }

  private static String emulator(XmlNode guest) {
    return guest.text("devices/emulator");
  }

  private void lookForEmulator(String emulator, Collection<String> users)
      throws ConnectionLostException {
    Optional<Boolean> exists = volumes.exists(emulator);
    String words = "emulator %s of %s".formatted(LogEscaper.quote(emulator), words(users));
    if (exists.isEmpty() && !emulator.equals(present)) {
      unknowns.add(
          "whether the host has the "
              + words
              + ": libvirt adds no snapshot whose emulator does not exist");
    } else if (exists.equals(Optional.of(false))) {
      refusals.add(
          "the host does not have the "
              + words
              + "; install the emulator, or create a link to it at this path; to leave a snapshot"
              + " out, use the result of without()");
    }
  }

  private static String words(Collection<String> users) {
    return (users.size() == 1 ? "snapshot " : "snapshots ") + ExistingNames.quoted(users);
  }

  private void lookFor(String file, Collection<String> users) throws ConnectionLostException {
    Optional<Boolean> exists = exists(file);
    String words = "file %s of %s".formatted(LogEscaper.quote(file), words(users));
    if (exists.isEmpty()) {
      unknowns.add("whether the host has the " + words);
    } else if (!exists.get()) {
      refusals.add(
          "the host does not have the "
              + words
              + "; move the files of the snapshots to this host first, to the same paths; if the"
              + " file no longer exists, use the result of without()");
    }
  }

  private Optional<Boolean> exists(String file) throws ConnectionLostException {
    if (ImageName.isVolume(file)) {
      return volumeExists(file);
    }
    return ImageName.hasProtocol(file) ? Optional.empty() : volumes.exists(file);
  }

  private Optional<Boolean> volumeExists(String volume) throws ConnectionLostException {
    try {
      String unused = host.imagePath(volume);
      return Optional.of(true);
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException e) {
      return NO_VOLUME.contains(e.getError().getCode()) ? Optional.of(false) : Optional.empty();
    }
  }

  /** Returns the files and emulators that do not exist. */
  List<String> refusals() {
    return refusals;
  }

  /** Returns the files and emulators that may exist. */
  List<String> unknowns() {
    return unknowns;
  }
}
