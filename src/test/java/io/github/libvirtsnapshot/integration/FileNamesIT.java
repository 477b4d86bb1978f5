package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Images with several names, and different images with the same name: links to folders, volumes of
 * storage pools, names that differ only in their extension.
 */
class FileNamesIT extends OnRecipeGuest {
  /** Domain {@code other} has the disk of the guest under the name of another folder. */
  private void shareDiskThroughLink() throws Exception {
    Path folder = guest.folder("a");
    Path link = Files.createSymbolicLink(guest.path("b"), folder);
    Path image = Files.move(guest.disk(), folder.resolve("guest.qcow2"));
    guest.redefine(xml -> xml.replace(guest.path("guest.qcow2").toString(), image.toString()));
    guest.connect().domainDefineXML(Guests.qemuXml("other", link.resolve("guest.qcow2"))).close();
    guest.write("11");
    guest.takeInternal("clean-install");
    guest.write("22");
  }

  @Test
  void plan_otherDomainHasImageUnderAnotherPath_namesItAsLossOrUnknown() throws Exception {
    shareDiskThroughLink();
    RevertPlan plan = guest.to("clean-install").plan();
    boolean loss = plan.losses().stream().anyMatch(each -> each.what().contains("\"other\""));
    boolean unknown =
        plan.unknowns().stream().anyMatch(each -> each.contains("under another path"));
    assertTrue(loss || unknown, plan::toString);
  }

  @Test
  void plan_otherGuestHasImageOpenUnderPresentPathOfDisk_namesUnknown() throws Exception {
    Path folder = guest.folder("a");
    Path link = Files.createSymbolicLink(guest.path("b"), folder);
    Path image = Files.move(guest.disk(), folder.resolve("guest.qcow2"));
    Path linked = link.resolve("guest.qcow2");
    guest.redefine(xml -> xml.replace(guest.path("guest.qcow2").toString(), image.toString()));
    guest.takeInternal("clean-install");
    guest.redefine(xml -> xml.replace(image.toString(), linked.toString()));
    try (Domain other = guest.connect().domainDefineXML(Guests.qemuXml("other", linked))) {
      other.create();
      RevertPlan plan = guest.to("clean-install").plan();
      assertTrue(
          plan.unknowns()
              .contains(
                  "whether another domain uses an image of the domain under another path, as \""
                      + linked
                      + "\""),
          plan::toString);
      other.destroy();
    }
  }

  /** Makes the disk of the guest a volume of a storage pool. */
  private void useVolume() throws Exception {
    guest.createPool();
    guest.useVolume("guest.qcow2");
  }

  @Test
  void plan_diskIsVolumeInQcow2Image_promisesInternalSafetySnapshot() throws Exception {
    useVolume();
    guest.start();
    guest.takeInternal("clean-install");
    RevertPlan plan = guest.to("clean-install").plan();
    assertEquals(
        Optional.of(SafetySnapshotOption.Kind.INTERNAL), plan.safety().kind(), plan::toString);
  }

  @Test
  void revertWithSafetySnapshot_diskIsVolume_leadsBack() throws Exception {
    useVolume();
    guest.write("11", guest.path("guest.qcow2"), "qcow2");
    guest.start();
    guest.takeInternal("clean-install");
    guest.writeLive("22", "virtio-disk0");
    guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
  }

  /** Defines domain {@code other}, whose disk is a volume of the same name in another pool. */
  private Domain defineOtherWithVolumeOfSameName() throws Exception {
    guest.createPool("more", guest.folder("more"));
    Path image = guest.image("more/guest.qcow2", "qcow2");
    guest.virsh("pool-refresh", "more");
    return guest
        .connect()
        .domainDefineXML(
            Guests.qemuXml("other", image)
                .replace("type='file'", "type='volume'")
                .replace("file='" + image + "'", "pool='more' volume='guest.qcow2'"));
  }

  @Test
  void guardedRevert_otherGuestUsesVolumeOfSameNameInAnotherPool_succeeds() throws Exception {
    useVolume();
    guest.start();
    guest.takeInternal("clean-install");
    try (Domain other = defineOtherWithVolumeOfSameName()) {
      other.create();
      guest.assertReverted(guest.to("clean-install"));
    }
  }

  @Test
  void plan_otherDomainHasVolumeOfSameNameInAnotherPool_listsNoLossOfThatDomain() throws Exception {
    useVolume();
    guest.start();
    guest.takeInternal("clean-install");
    defineOtherWithVolumeOfSameName().close();
    RevertPlan plan = guest.to("clean-install").plan();
    assertEquals(
        List.of(),
        plan.losses().stream().filter(each -> each.what().contains("\"other\"")).toList(),
        plan::toString);
  }

  /** Defines a domain whose image is {@code db.NAME}, with the external snapshot {@code e}. */
  private Domain defineDatabase(String name, String content) throws Exception {
    Path image = guest.image("db." + name, "qcow2");
    guest.write(content, image, "qcow2");
    Domain domain = guest.connect().domainDefineXML(Guests.qemuXml(name, image));
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>before-update</name><disks><disk name='vda' snapshot='external'>"
                + "<source file='%s'/></disk></disks></domainsnapshot>"
                    .formatted(guest.path(name + ".overlay")),
            SnapshotCreateFlag.DISK_ONLY)
        .close();
    return domain;
  }

  @Test
  void fleetRevert_imagesDifferInExtensionOnly_eachDomainHasItsOwnContent() throws Exception {
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    try (Domain prod = defineDatabase("prod", "11");
        Domain test = defineDatabase("test", "44")) {
      for (int round = 1; round <= 6; round++) {
        TimeUnit.MILLISECONDS.sleep(1200);
        FleetReport report =
            FleetReverter.with(domain -> SnapshotReverter.of(domain).to("before-update").guarded())
                .on(libvirtd.qemu(), "prod", "test")
                .revert();
        assertTrue(report.isComplete(), report::toString);
        assertEquals(
            List.of("11", "44"),
            List.of(
                RecipeGuest.content(guest.diskOf(prod)), RecipeGuest.content(guest.diskOf(test))));
      }
    }
  }

  /** libvirt reports the images beneath an overlay of an active domain. */
  @Test
  void plan_imageOfOtherDomainDiffersInExtensionOnly_namesThatDomainUnderUnknowns()
      throws Exception {
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    try (Domain test = defineDatabase("test", "44");
        Domain prod = defineDatabase("prod", "11")) {
      test.create();
      RevertPlan plan = SnapshotReverter.of(prod).to("before-update").plan();
      assertTrue(
          plan.unknowns().stream().anyMatch(each -> each.contains("\"test\"")), plan::toString);
    }
  }
}
