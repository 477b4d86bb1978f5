package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.Scene.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Scene;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QemuSafetyTest {
  private static final String I = disk("vda", "/i");
  private static final String O = disk("vda", "/o");
  private static final String RAW = disk("vda", "/i").replace("qcow2", "raw");

  private static Scene internal() {
    return new Scene().internal("s1", I).disks(I);
  }

  /** A domain that only an external safety snapshot can be taken of. */
  private static Scene external() {
    return new Scene().external("e1", "/o", RAW).disks(disk("vda", "/o").replace("qcow2", "raw"));
  }

  private static void assertKind(SafetySnapshotOption.Kind kind, Scene scene, String target) {
    SafetySnapshotOption safety = QemuSafety.of(scene.revertingTo(target));
    assertEquals(Optional.of(kind), safety.kind(), safety::obstacle);
    assertEquals("", safety.obstacle());
  }

  private static void assertNone(String obstacle, Scene scene, String target) {
    SafetySnapshotOption safety = QemuSafety.of(scene.revertingTo(target));
    assertEquals(Optional.empty(), safety.kind());
    assertTrue(safety.obstacle().contains(obstacle), safety::obstacle);
  }

  @Test
  void anInternalOneWhereItIsPossible() {
    assertKind(SafetySnapshotOption.Kind.INTERNAL, internal(), "s1");
    assertKind(SafetySnapshotOption.Kind.INTERNAL, internal().onLibvirt(9_000_000), "s1");
    assertKind(SafetySnapshotOption.Kind.INTERNAL, internal().isTransient(), "s1");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL, new Scene().external("e1", "/o", I).disks(O), "e1");
  }

  @Test
  void anExternalOneOtherwise() {
    assertKind(SafetySnapshotOption.Kind.EXTERNAL, external(), "e1");
    assertNone("cannot revert to external snapshots", external().onLibvirt(9_000_000), "e1");
    assertNone("requires a persistent domain", external().isTransient(), "e1");
  }

  @Test
  void noneOfADomainWhoseSnapshotsCanNotBeRead() {
    assertNone("could not be read", internal().withUnreadableSnapshots(), "s1");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "PAUSED_IOERROR",
        "PAUSED_CRASHED",
        "PAUSED_MIGRATION",
        "PAUSED_SAVE",
        "PAUSED_STARTING_UP",
        "CRASHED_PANICKED",
        "PMSUSPENDED_UNKNOWN"
      })
  void noneOfAStateThatNoSnapshotGoesBackTo(StateReason reason) {
    assertNone(
        "no snapshot can restore the present state of the guest", internal().in(reason), "s1");
  }

  @ParameterizedTest
  @EnumSource(names = {"RUNNING_BOOTED", "PAUSED_USER", "PAUSED_FROM_SNAPSHOT", "SHUTOFF_FAILED"})
  void oneOfEachOtherState(StateReason reason) {
    assertKind(SafetySnapshotOption.Kind.INTERNAL, internal().in(reason), "s1");
  }

  @Test
  void noneWithCheckpoints() {
    assertNone("has checkpoints", internal().checkpointIn("/x"), "s1");
  }

  @Test
  void noneWhereTheRevertWritesBeneathADisk() {
    assertNone(
        "a safety snapshot would not include that image",
        new Scene().internal("s1", I).external("e2", "/o", I).disks(O),
        "s1");
  }

  @Test
  void noneWhereTheRevertWritesToADiskOfThePast() {
    assertNone(
        "a safety snapshot would not include that image",
        new Scene()
            .snapshot(
                "s1",
                "shutoff",
                "<disk name='vda' snapshot='internal'/><disk name='vdb' snapshot='internal'/>",
                "<devices>" + I + disk("vdb", "/b") + "</devices>")
            .disks(I),
        "s1");
  }

  @Test
  void noneWhereLibvirtWouldForgetItsFiles() {
    Scene scene =
        new Scene()
            .snapshot(
                "e1",
                "shutoff",
                "<disk name='vda' snapshot='external'><source file='/o'/></disk>",
                "<devices>" + I + "</devices>",
                "<revertDisks><disk name='vda' snapshot='external'><source file='/r'/></disk>"
                    + "</revertDisks>")
            .external("e2", "/p", O)
            .current("e1")
            .disks(disk("vda", "/r"));
    assertNone("libvirt would no longer know the overlay files", scene, "e2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<disk type='file'><driver type='raw'/><source file='/b'/><target dev='vdb'/></disk>",
        "<disk type='network'><driver type='qcow2'/><source name='b'/><target dev='vdb'/></disk>",
        "<disk type='file' device='floppy'><driver type='qcow2'/><source file='/b'/>"
            + "<target dev='fda'/></disk>",
        "<disk type='file' snapshot='no'><driver type='qcow2'/><source file='/b'/>"
            + "<target dev='vdb'/></disk>",
      })
  void noInternalOneWithSuchADisk(String disk) {
    assertNone("each disk is a qcow2 image", new Scene().internal("s1", I).disks(I, disk), "s1");
  }

  @Test
  void aDiskThatIsOnlyReadDoesNotMatter() {
    Scene scene = new Scene().internal("s1", I);
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        scene.disks(I, RAW.replace("vda", "vdb").replace("/>", "/><readonly/>")),
        "s1");
  }

  @ParameterizedTest
  @CsvSource({
    "raw,   11003000, the NVRAM unless the NVRAM is a qcow2 image",
    "qcow2, 9000000,  cannot take internal snapshots of guests with UEFI",
    "qcow2, 11003000, ",
  })
  void theNvramHasToComeBackToo(String format, long version, String obstacle) {
    Scene scene =
        new Scene()
            .internal("s1", I)
            .domain(
                "<os><nvram format='" + format + "'>/n</nvram></os><devices>" + I + "</devices>")
            .onLibvirt(version);
    if (obstacle == null) {
      assertKind(SafetySnapshotOption.Kind.INTERNAL, scene, "s1");
    } else {
      assertNone(obstacle, scene, "s1");
    }
  }

  @Test
  void aNewNvramHasNoSafetySnapshot() {
    Scene scene =
        new Scene()
            .internal("s1", I)
            .domain("<os><nvram format='qcow2'/></os><devices>" + I + "</devices>")
            .flags(9);
    assertNone("replaces the NVRAM and thereby deletes an internal snapshot from it", scene, "s1");
    assertKind(SafetySnapshotOption.Kind.INTERNAL, scene.in(StateReason.RUNNING_BOOTED), "s1");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL, scene.in(StateReason.SHUTOFF_SAVED).flags(8), "s1");
  }

  @Test
  void anExternalOneHasTheNvramOfARunningGuest() {
    Scene scene =
        new Scene()
            .external("e1", "/o", I)
            .domain("<os firmware='efi'/><devices>" + O + "</devices>");
    assertKind(SafetySnapshotOption.Kind.EXTERNAL, scene.in(StateReason.RUNNING_BOOTED), "e1");
    assertNone("the memory of a running guest", scene.in(StateReason.PAUSED_USER), "e1");
    assertNone("the memory of a running guest", scene.in(StateReason.SHUTOFF_SAVED), "e1");
  }

  @Test
  void noInternalOneOnTopOfAnImageThatCanBeRewritten() {
    Scene scene =
        new Scene()
            .internal("s1", I)
            .external("e2", "/o", I)
            .external("e3", "/p", O)
            .disks(disk("vda", "/p"));
    assertNone("would change the backing image of the safety snapshot", scene, "e3");
  }

  @Test
  void noExternalOneForARevertThatWritesToItsImage() {
    Scene scene =
        new Scene().internal("s1", I).disks(I, RAW.replace("vda", "vdb").replace("/i", "/b"));
    assertNone("would change an external snapshot of that image", scene, "s1");
  }

  @Test
  void noExternalOneWithAMediumInADrive() {
    String drive = RAW.replace("'disk'", "'cdrom'").replace("vda", "hdc").replace("/i", "/iso");
    Scene scene = new Scene().external("e1", "/o", RAW).disks(RAW.replace("/i", "/o"), drive);
    assertNone("no drive contains a medium", scene, "e1");
  }

  @Test
  void noExternalOneWhoseFilesWouldHaveOneName() {
    Scene scene =
        new Scene()
            .external("e1", "/o", RAW)
            .disks(RAW.replace("/i", "/o.img"), RAW.replace("/i", "/o.raw").replace("vda", "vdb"));
    assertNone("would have the same name", scene, "e1");
  }

  @Test
  void noExternalOneWhereItCouldNotBeMerged() {
    Scene scene =
        new Scene()
            .external("e1", "/o", RAW)
            .internal("s2", O)
            .disks(O, RAW.replace("/i", "/b").replace("vda", "vdb"));
    assertNone("cannot merge an external snapshot", scene, "e1");
  }
}
