package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.images.Qcow2Content;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Map;
import java.util.Optional;

/**
 * A domain that is shut off after a revert failed. The images are read one after the other, each
 * first for its content and then for its header: libvirt has no call that would keep other clients
 * from changing an image in between.
 *
 * @param definition the definition for the next start
 * @param reverted by target, whether the image of a disk has the content of the snapshot, empty if
 *     the library could not read the image; only the disks that the snapshot contains internally
 * @param readings the images of these disks, and their backing images
 */
public record DomainAfterFailure(
    XmlNode definition, Map<String, Optional<Boolean>> reverted, ImageReadings readings) {
  /** Queries the domain after a failed revert to a snapshot. */
  public static DomainAfterFailure of(Domain domain, SnapshotDescription target)
      throws LibvirtException {
    XmlNode definition = XmlNode.parse(domain.getXMLDesc(DomainXmlFlag.INACTIVE));
    try (Connect connect = domain.getConnect();
        StorageVolumes volumes = StorageVolumes.of(connect, PoolCreation.NEVER)) {
      return new DomainAfterFailure(
          definition,
          reverted(new HostQueries(connect), volumes, target),
          readings(new ImageInspector(connect, volumes), target));
    }
  }

  private static ImageReadings readings(ImageInspector inspector, SnapshotDescription target)
      throws ConnectionLostException {
    for (Disk disk : target.disks()) {
      if (target.isInternal(disk)) {
        inspector.read(disk);
      }
    }
    return inspector.readings();
  }

  private static Map<String, Optional<Boolean>> reverted(
      HostQueries host, StorageVolumes volumes, SnapshotDescription target)
      throws ConnectionLostException {
    ImmutableMap.Builder<String, Optional<Boolean>> reverted = ImmutableMap.builder();
    for (Disk disk : target.disks()) {
      if (target.isInternal(disk)) {
        reverted.put(disk.target(), isReverted(host, volumes, target, disk));
      }
    }
    return reverted.buildKeepingLast();
  }

  private static Optional<Boolean> isReverted(
      HostQueries host, StorageVolumes volumes, SnapshotDescription target, Disk disk)
      throws ConnectionLostException {
    try {
      return volumes
          .use(host.imagePath(disk.image()), volume -> Qcow2Content.isOf(target, volume::read))
          .flatMap(is -> is);
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | IllegalStateException e) {
      return Optional.empty();
    }
  }
}
