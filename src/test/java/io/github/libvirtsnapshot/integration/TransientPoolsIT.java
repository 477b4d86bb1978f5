package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Plans that create transient storage pools to read images, and remove the pools again. */
class TransientPoolsIT extends OnRecipeGuest {
  private static final long BACKING_FORMAT = 112;

  private List<String> pools() throws IOException {
    return guest.virsh("pool-list", "--all", "--name").lines().map(String::strip).toList();
  }

  private List<String> folder() {
    return List.of(guest.path("").toString());
  }

  private static Certainty certainty(RevertPlan plan) {
    return RecipeGuest.certainty(plan.contents(), "disk vda");
  }

  @Test
  void plan_folderWithoutPool_readsImagesOnlyWithTheSetting() throws Exception {
    guest.takeInternal("clean");

    RevertPlan without = guest.to("clean").plan();
    assertEquals(Certainty.PRESUMED, certainty(without), without::toString);
    assertEquals(List.of(), without.transientPools());

    RevertPlan plan = guest.to("clean").withTransientPools().plan();
    assertEquals(Certainty.CERTAIN, certainty(plan), plan::toString);
    assertEquals(folder(), plan.transientPools());
    assertTrue(
        plan.toString()
            .contains("created transient storage pools over:\n    - \"" + folder().get(0) + "\""));
    assertEquals(List.of(), pools());
  }

  @Test
  void safetySnapshotAndUndo_folderWithoutPool_areCertainAndLeaveNoPool() throws Exception {
    guest.start();
    guest.takeInternal("clean");
    SnapshotReverter reverter = guest.to("clean").withTransientPools();

    RevertReport report = reverter.withSafetySnapshot().revert();
    assertEquals(Certainty.CERTAIN, RecipeGuest.certainty(report.contents(), "disk vda"));
    RevertReport undone = reverter.undo(report);
    assertEquals(Certainty.CERTAIN, RecipeGuest.certainty(undone.contents(), "memory"));
    assertEquals(List.of(), pools());
  }

  /**
   * libvirt would stop the pool if it refreshed the pool and could not read the folder. libvirt 7.0
   * could crash if a plan created a pool.
   */
  @Test
  void plan_poolDoesNotKnowTheImageYet_readsItAndThePoolStaysAsItIs() throws Exception {
    guest.createPool();
    String known = guest.virsh("vol-list", "images");
    Path added = guest.image("added.qcow2", "qcow2");
    guest.addDevice(RecipeGuest.diskXml("vdb", added, "qcow2"));
    guest.takeInternal("clean");

    RevertPlan plan = guest.to("clean").plan();
    boolean createsPool = guest.hasLibvirtSince(8_000_000);
    assertEquals(
        createsPool ? Certainty.CERTAIN : Certainty.PRESUMED,
        RecipeGuest.certainty(plan.contents(), "disk vdb"));
    assertEquals(createsPool ? folder() : List.of(), plan.transientPools());
    assertEquals(List.of("images"), pools());
    assertEquals(known, guest.virsh("vol-list", "images"));
  }

  @Test
  void plan_libvirtCannotOpenTheImage_doesNotSayThatTheImageIsGone() throws Exception {
    guest.createPool();
    Path closed = guest.image("closed.qcow2", "qcow2");
    guest.addDevice(RecipeGuest.diskXml("vdb", closed, "qcow2"));
    guest.takeInternal("clean");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));

    RevertPlan plan = guest.to("clean").plan();

    assertFalse(plan.toString().contains("no longer exists"), plan::toString);
    assertTrue(
        plan.refusal().orElseThrow().reason().startsWith("an image cannot be opened: "),
        plan::toString);
  }

  @Test
  void plan_poolDoesNotKnowTheImage_createsNoPoolIfTheSettingSaysSo() throws Exception {
    guest.createPool();
    Path added = guest.image("added.qcow2", "qcow2");
    guest.addDevice(RecipeGuest.diskXml("vdb", added, "qcow2"));
    guest.takeInternal("clean");

    RevertPlan plan = guest.to("clean").withTransientPools().withoutTransientPools().plan();
    assertEquals(Certainty.CERTAIN, certainty(plan), plan::toString);
    assertEquals(Certainty.PRESUMED, RecipeGuest.certainty(plan.contents(), "disk vdb"));
    assertEquals(List.of(), plan.transientPools());
  }

  @Test
  void plan_readOnlyConnection_namesTheUnreadImageAndCreatesNoPool() throws Exception {
    guest.takeInternal("clean");
    try (Connect readOnly = new Connect(libvirtd.qemu(), true);
        Domain domain = readOnly.domainLookupByName("guest")) {
      RevertPlan plan = SnapshotReverter.of(domain).to("clean").withTransientPools().plan();
      assertEquals(Certainty.PRESUMED, certainty(plan), plan::toString);
      assertEquals(List.of(), plan.transientPools());
      assertTrue(
          plan.unknowns().stream()
              .anyMatch(unknown -> unknown.contains("read only access prevents")),
          plan::toString);
    }
    assertEquals(List.of(), pools());
  }

  @Test
  void plansAtTheSameTime_oneFolder_areAllCertain() throws Exception {
    guest.takeInternal("clean");
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Future<RevertPlan>> plans = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        plans.add(executor.submit(() -> guest.to("clean").withTransientPools().plan()));
      }
      for (Future<RevertPlan> plan : plans) {
        assertEquals(Certainty.CERTAIN, certainty(plan.get()), plan.get()::toString);
      }
    } finally {
      executor.shutdownNow();
    }
    assertEquals(List.of(), pools());
  }

  /**
   * Nothing states the format of the image in the middle, so that a guest could have written its
   * header, and libvirt could open each file of a folder that the guest chose.
   */
  @Test
  void plan_headerOfUnknownOriginNamesAFolder_createsNoPoolThere() throws Exception {
    Path secret = guest.folder("secret").resolve("base.qcow2");
    Path middle = guest.overlay("middle.qcow2", guest.image(secret.toString(), "qcow2"), "qcow2");
    Path top = guest.overlay("top.qcow2", middle, "qcow2");
    guest.redefine(xml -> xml.replace(guest.path("guest.qcow2").toString(), top.toString()));
    guest.takeInternal("clean");
    RevertPlan plan = guest.to("clean").withTransientPools().plan();
    assertEquals(2, plan.transientPools().size(), plan::toString);

    try (RandomAccessFile header = new RandomAccessFile(top.toFile(), "rw")) {
      header.seek(BACKING_FORMAT);
      header.writeInt(0);
    }
    plan = guest.to("clean").withTransientPools().plan();
    assertEquals(folder(), plan.transientPools());
    assertEquals(Certainty.PRESUMED, certainty(plan), plan::toString);
  }
}
