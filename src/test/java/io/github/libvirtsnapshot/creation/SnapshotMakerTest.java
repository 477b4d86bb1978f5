package io.github.libvirtsnapshot.creation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotMakerTest {
  private static final String DOMAIN = "web01";
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final long WITH_EXTERNAL = 11_003_000;
  private static final String MEMORY = "<memory unit='KiB'>65536</memory><vcpu>1</vcpu>";

  private final FakeLibvirt libvirt = new FakeLibvirt();
  private final FakeDomain fake = libvirt.addDomain(DOMAIN, DomainState.RUNNING);
  private final ChangedLibvirt changed = new ChangedLibvirt(libvirt.library());
  private Connect connect;
  private Domain domain;
  private SnapshotMaker maker;

  @BeforeEach
  void open() throws LibvirtException {
    connect = new Connect(changed.library(), "fake:///");
    domain = connect.domainLookupByName(DOMAIN);
    maker = SnapshotMaker.of(domain).named("clean");
  }

  @AfterEach
  void close() {
    domain.close();
    connect.close();
  }

  private static String disk(String target, String format) {
    return "<disk type='file' device='disk'><driver type='%s'/><source file='/images/%s.%s'/>"
            .formatted(format, target, format)
        + "<target dev='%s'/></disk>".formatted(target);
  }

  private void define(String... devices) {
    changed.replacing(
        "virDomainGetXMLDesc", arguments -> new OwnedString(xml(String.join("", devices))));
  }

  private static String xml(String devices) {
    return "<domain type='qemu'><name>web01</name>"
        + MEMORY
        + "<devices>"
        + devices
        + "</devices></domain>";
  }

  private static void assertRefused(String reason, SnapshotPlan plan) {
    assertTrue(
        plan.refusals().stream().anyMatch(refusal -> refusal.contains(reason)), plan::toString);
  }

  private SnapshotException failure(SnapshotMaker failing) {
    return assertThrows(SnapshotException.class, () -> failing.take().close());
  }

  @Test
  void snapshotWithMemory_isTakenAndCanBeRevertedTo() throws Exception {
    SnapshotMaker withMemory = maker.describedAs("after the setup").withMemory();
    try (TakenSnapshot taken = withMemory.take()) {
      assertEquals("clean", taken.snapshot().getName());
      assertEquals(Optional.of(SnapshotState.RUNNING), taken.details().state());
      assertTrue(taken.details().hasMemory());
      assertEquals(Optional.empty(), taken.revertPlan().refusal());
      assertTrue(taken.plan().isRevertible());
    }
    assertEquals(DomainState.RUNNING, fake.state());
    SnapshotReverter.of(domain).to("clean").revert();
    assertEquals(List.of("clean"), fake.reverts());
  }

  @Test
  void planChangesNothing() throws Exception {
    assertEquals(List.of(), maker.withMemory().pausingFirst().plan().refusals());
    assertEquals(List.of(), fake.snapshotNames());
    assertEquals(DomainState.RUNNING, fake.state());
  }

  @Test
  void textOfPlan() throws Exception {
    assertEquals(
        """
        plan: take snapshot "clean" of domain "web01" on QEMU, libvirt 9.0.0
          before: running (booted), persistent, no current snapshot
          kind: internal, paused, memory internal
          disks: vda internal
          steps:
            - pause the guest
            - take the snapshot
            - resume the guest
          contents:
            - disk vda: presumed: the library could not read "/var/lib/libvirt/images/web01.qcow2": no active storage pool has it
            - memory: presumed: the library could not read "/var/lib/libvirt/images/web01.qcow2": no active storage pool has it
          room:
            - "/var/lib/libvirt/images": 65 MiB now, at most 0 MiB later, available unknown
          revert: possible
          unknowns:
            - whether "/var/lib/libvirt/images/web01.qcow2" has a snapshot of this name that libvirt does not know: no active storage pool has it
            - whether "/var/lib/libvirt/images/web01.qcow2" and its backing images exist and can be opened: no active storage pool has it
            - whether "/var/lib/libvirt/images" has room for the snapshot: no active storage pool has this folder
            - whether the guest has a bitmap of a disk that no checkpoint shows: QEMU cannot revert internal snapshots in an image with bitmaps"""
            .stripTrailing(),
        maker.withMemory().pausingFirst().plan().toString());
  }

  @Test
  void existingNameIsRefused() throws Exception {
    fake.addSnapshot("clean", DomainState.RUNNING);
    SnapshotException refused = failure(maker.withMemory());
    assertEquals(
        "snapshot \"clean\" of domain \"web01\" was not taken: the domain has a snapshot \"clean\""
            + " already; choose another name, or delete that snapshot first (virsh snapshot-delete"
            + " web01 clean)",
        refused.getMessage());
    assertEquals(Optional.of(false), refused.exists());
    assertEquals(List.of(), refused.notRestored());
  }

  @Test
  void numberIsRefusedAsNameOfInternalSnapshot() throws Exception {
    assertRefused("choose a name with a letter", maker.named("2").withMemory().plan());
    changed.ofVersion(WITH_EXTERNAL);
    assertRefused("choose a name with a letter", maker.named("2").withMemory().plan());
    assertEquals(List.of(), maker.named("2").external().plan().refusals());
    assertEquals(List.of(), maker.named("1234567").withMemory().plan().refusals());
  }

  @Test
  void nameThatIsNoJobIdIsRefused_newerLibvirt() throws Exception {
    assertEquals(List.of(), maker.named("a b").withMemory().plan().refusals());
    changed.ofVersion(WITH_EXTERNAL);
    assertRefused("choose a name of these characters", maker.named("a b").withMemory().plan());
  }

  @Test
  void snapshotOfExistingNumberWouldBeMistaken() throws Exception {
    fake.addSnapshot("1", DomainState.RUNNING);
    assertRefused("could be the ID of the new snapshot", maker.withMemory().plan());
  }

  @Test
  void activeGuestWithoutMemory_noRevertIsPossible() throws Exception {
    SnapshotPlan plan = maker.plan();
    assertEquals(2, plan.refusals().size());
    assertTrue(plan.refusals().get(0).contains("withMemory()"), plan::toString);
    assertTrue(
        plan.refusals().get(1).endsWith("to take it nevertheless, request its kind (external())"),
        plan::toString);
    assertFalse(plan.isRevertible());
    SnapshotPlan requested = maker.external().plan();
    assertEquals(List.of(), requested.refusals());
    assertFalse(requested.isRevertible());
  }

  @Test
  void activeGuestWithoutMemory_newerLibvirt_isExternal() throws Exception {
    changed.ofVersion(WITH_EXTERNAL);
    SnapshotPlan plan = maker.plan();
    assertEquals(List.of(), plan.refusals());
    assertTrue(plan.isRevertible());
    assertEquals(
        Optional.of("/var/lib/libvirt/images/web01.clean"),
        plan.snapshot().disks().get("vda").file());
    assertTrue(plan.whyExternal().orElseThrow().contains("without its memory"));
    assertTrue(
        plan.contents().stream()
            .anyMatch(
                part ->
                    part.part().equals("memory")
                        && part.certainty() == Certainty.NOT_INCLUDED
                        && part.reason().contains("crash-consistent")));
  }

  @Test
  void rawDisk_newerLibvirt_isExternalWithMemoryFile() throws Exception {
    define(disk("vda", "qcow2"), disk("vdb", "raw"));
    changed.ofVersion(WITH_EXTERNAL);
    SnapshotPlan plan = maker.withMemory().plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals(Optional.of("/images/vda.clean.memory"), plan.snapshot().memory().file());
    assertEquals(
        "{vda=external in \"/images/vda.clean\", vdb=external in \"/images/vdb.clean\"}",
        plan.snapshot().disks().toString());
  }

  @Test
  void rawDisk_libvirtWithoutExternalReverts_isRefused() throws Exception {
    define(disk("vda", "qcow2"), disk("vdb", "raw"));
    SnapshotPlan plan = maker.withMemory().plan();
    assertEquals(2, plan.refusals().size());
    assertTrue(plan.refusals().get(0).contains("each disk is a qcow2 image"), plan::toString);
  }

  @Test
  void diskIsLeftOutOfExternalSnapshotOnly() throws Exception {
    define(disk("vda", "qcow2"), disk("vdb", "qcow2"));
    changed.ofVersion(WITH_EXTERNAL);
    SnapshotPlan plan = maker.withMemory().leavingOut("vdb").plan();
    assertEquals(List.of(), plan.refusals());
    assertTrue(plan.snapshot().external());
    assertTrue(
        plan.contents().stream()
            .anyMatch(
                part ->
                    part.part().equals("disk vdb") && part.certainty() == Certainty.NOT_INCLUDED));
    assertRefused("leave out no disk", maker.withMemory().internal().leavingOut("vdb").plan());
    assertRefused("leave out fewer disks", maker.external().leavingOut("vda", "vdb").plan());
    assertRefused(
        "has no writable disk \"vdx\"", maker.withMemory().external().leavingOut("vdx").plan());
  }

  @Test
  void memoryFileIsInFolderOfFirstIncludedDisk() throws Exception {
    define(disk("vda", "raw").replace("/images/", "/other/"), disk("vdb", "qcow2"));
    changed.ofVersion(WITH_EXTERNAL);
    SnapshotPlan plan = maker.withMemory().leavingOut("vda").plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals(Optional.of("/images/vdb.clean.memory"), plan.snapshot().memory().file());
  }

  @Test
  void filesOfTwoDisksMayNotHaveTheSameName() throws Exception {
    define(disk("vda", "qcow2"), disk("vda", "raw").replace("dev='vda'", "dev='vdb'"));
    changed.ofVersion(WITH_EXTERNAL);
    assertRefused(
        "disk vda and disk vdb would get the same file \"/images/vda.clean\"; rename one of their"
            + " images, or leave one of them out (leavingOut(...))",
        maker.external().plan());
    assertEquals(List.of(), maker.external().leavingOut("vdb").plan().refusals());
  }

  @Test
  void nameOfOverlayIsLimitedToLengthOfFileName() throws Exception {
    changed.ofVersion(WITH_EXTERNAL);
    assertEquals(List.of(), maker.named("\u00e9".repeat(123)).plan().refusals());
    define(disk("vda", "qcow2").replace("/vda.", "/vda-of-web01."));
    assertRefused(
        "has 259 bytes in UTF-8, and a file system allows 255; choose a shorter name",
        maker.named("\u00e9".repeat(123)).plan());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "file' snapshot='no | qcow2 | disk | the definition of disk vdb has snapshot='no'",
        "file | qcow2 | floppy | disk vdb is a floppy",
        "file | raw   | disk   | the format of disk vdb is raw",
      })
  void diskThatInternalSnapshotCannotIncludeIsNamed(
      String type, String format, String device, String reason) throws Exception {
    define(disk("vda", "qcow2"), disk("vdb", type, format, device));
    assertRefused(reason, maker.internal().withMemory().plan());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "file' snapshot='no | qcow2 | disk | the definition of disk vdb has snapshot='no'",
        "block | raw | disk | the type of disk vdb is block",
        "file  | raw | lun  | disk vdb is a lun",
      })
  void diskThatExternalSnapshotCannotIncludeIsNamed(
      String type, String format, String device, String reason) throws Exception {
    define(disk("vda", "qcow2"), disk("vdb", type, format, device));
    assertRefused(reason, maker.external().plan());
  }

  private static String disk(String target, String type, String format, String device) {
    return disk(target, format)
        .replace("type='file' device='disk'", "type='%s' device='%s'".formatted(type, device));
  }

  @Test
  void managedSaveNeedsTheImagesThatAnExternalSnapshotReplaces() throws Exception {
    domain.destroy();
    changed.ofVersion(WITH_EXTERNAL);
    changed.replacing("virDomainHasManagedSaveImage", arguments -> 1);
    assertRefused("(managedSaveRemove(), or: virsh", maker.external().plan());
    assertEquals(List.of(), maker.internal().plan().refusals());
  }

  /** A revert can be made with force; a snapshot cannot. */
  @Test
  void managedSave_waysOutAreStepsBeforeTheSnapshot() throws Exception {
    domain.destroy();
    changed.replacing("virDomainHasManagedSaveImage", arguments -> 1);
    assertEquals(
        List.of(
            "a revert to the snapshot would fail: the domain has a managed save image, which would no"
                + " longer fit the disks; start the domain first (create(), or: virsh start web01), or"
                + " remove that image and with it the memory of the guest (managedSaveRemove(), or:"
                + " virsh managedsave-remove web01); to take it nevertheless, request its kind"
                + " (internal())"),
        maker.plan().refusals());
  }

  /** A revert can be retried; a snapshot cannot. */
  @Test
  void blockJob_waysOutAreStepsBeforeTheSnapshot() throws Exception {
    changed.replacing("virDomainGetBlockJobInfo", arguments -> 1);
    assertEquals(
        List.of(
            "a block job is in progress on disk vda; wait until the block job ends, or abort it:"
                + " virsh blockjob web01 vda --abort"),
        maker.withMemory().plan().refusals());
  }

  @Test
  void job_waysOutAreStepsBeforeTheSnapshot() throws Exception {
    changed.failing(
        "virDomainGetJobInfo", ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "cannot acquire the lock");
    assertEquals(
        List.of("cannot acquire the lock; wait until the domain is no longer busy"),
        maker.withMemory().plan().refusals());
  }

  @Test
  void mediaAndUefiVariablesAreNamedIfTheyAreNotIncluded() throws Exception {
    define(
        disk("vda", "qcow2"),
        "<disk type='file' device='cdrom'><source file='/images/m.iso'/><target dev='hdc'/></disk>",
        "</devices><os><nvram>/images/vars</nvram></os><devices>");
    SnapshotPlan plan = maker.external().plan();
    List<String> parts = plan.contents().stream().map(Object::toString).toList();
    assertTrue(
        parts.contains(
            "medium in drive hdc: not affected: no snapshot includes the content of"
                + " \"/images/m.iso\""),
        plan::toString);
    assertTrue(
        parts.contains("NVRAM: not in the snapshot: a revert does not change it"), plan::toString);
    assertRefused("unless the NVRAM is a qcow2 image", maker.withMemory().internal().plan());
  }

  @Test
  void pausedGuestIsResumed() throws Exception {
    try (TakenSnapshot taken = maker.withMemory().pausingFirst().take()) {
      assertEquals(Optional.of(SnapshotState.PAUSED), taken.details().state());
    }
    assertEquals(DomainState.RUNNING, fake.state());
  }

  @Test
  void guestThatWasPausedStaysPaused() throws Exception {
    domain.suspend();
    maker.withMemory().pausingFirst().take().close();
    assertEquals(DomainState.PAUSED, fake.state());
    assertFalse(changed.calls().contains("virDomainResume"));
  }

  @Test
  void pausedGuestIsResumed_snapshotFails() {
    changed.failing(
        "virDomainSnapshotCreateXML", ErrorNumber.VIR_ERR_OPERATION_FAILED, "disk full");
    SnapshotException failed = failure(maker.withMemory().pausingFirst());
    assertEquals(
        "snapshot \"clean\" of domain \"web01\" failed: disk full; libvirt has no snapshot of this"
            + " name; an image may contain data of it; to find and remove that data, with the"
            + " domain shut off: qemu-img snapshot -l IMAGE, qemu-img snapshot -d NAME IMAGE",
        failed.getMessage());
    assertEquals(ErrorNumber.VIR_ERR_OPERATION_FAILED, failed.getError().getCode());
    assertEquals(Optional.of(false), failed.exists());
    assertEquals(DomainState.RUNNING, fake.state());
  }

  @Test
  void guestThatWasPausedAlthoughCallFailedIsResumed() throws Exception {
    changed.replacing(
        "virDomainSuspend",
        arguments -> {
          libvirt.library().virDomainSuspend((DomainPointer) arguments[0]);
          return changed.fail(ErrorNumber.VIR_ERR_OPERATION_FAILED, "late");
        });
    SnapshotException failed = failure(maker.withMemory().pausingFirst());
    assertTrue(failed.getMessage().endsWith("was not taken: late"), failed::getMessage);
    assertEquals(DomainState.RUNNING, fake.state());
    assertEquals(List.of(), fake.snapshotNames());
  }

  @Test
  void guestThatStoppedBeforeItWasPausedIsNotResumed() {
    changed.replacing(
        "virDomainSuspend",
        arguments -> {
          libvirt.library().virDomainShutdown((DomainPointer) arguments[0]);
          return changed.fail(ErrorNumber.VIR_ERR_OPERATION_INVALID, "domain is not running");
        });
    SnapshotException failed = failure(maker.withMemory().pausingFirst());
    assertEquals(List.of(), failed.notRestored());
    assertFalse(changed.calls().contains("virDomainResume"));
    assertTrue(
        failed
            .getMessage()
            .endsWith("; the domain was running (booted) and is now shut off (shutdown)"),
        failed::getMessage);
  }

  @Test
  void guestThatWasStoppedByOthersIsNotInNeedOfRestoring() {
    changed.replacing(
        "virDomainSnapshotCreateXML",
        arguments -> {
          libvirt.library().virDomainShutdown((DomainPointer) arguments[0]);
          return changed.fail(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
        });
    SnapshotException failed = failure(maker.withMemory());
    assertEquals(List.of(), failed.notRestored());
    assertTrue(failed.getMessage().contains("is now shut off (shutdown)"), failed::getMessage);
  }

  @Test
  void callerMayCloseDomainAfterRunHasItsOwnHandle() throws Exception {
    changed.replacing(
        "virDomainRef",
        arguments -> {
          int result = libvirt.library().virDomainRef((DomainPointer) arguments[0]);
          domain.close();
          return result;
        });
    assertEquals(List.of(), maker.withMemory().plan().refusals());
  }

  @Test
  void guestThatCannotBeResumedIsNamed() {
    changed.failing("virDomainResume", ErrorNumber.VIR_ERR_OPERATION_FAILED, "no");
    SnapshotException failed = failure(maker.withMemory().pausingFirst());
    assertEquals(
        "snapshot \"clean\" of domain \"web01\" was taken, but: the guest may still be paused: no; to"
            + " resume it: virsh resume web01",
        failed.getMessage());
    assertEquals(Optional.of(true), failed.exists());
    assertEquals(
        List.of("the guest may still be paused: no; to resume it: virsh resume web01"),
        failed.notRestored());
  }

  @Test
  void shutOffGuestIsStartedAgain() throws Exception {
    try (TakenSnapshot taken = maker.shuttingOffFirst(SHORT).take()) {
      assertEquals(Optional.of(SnapshotState.SHUTOFF), taken.details().state());
    }
    assertEquals(DomainState.RUNNING, fake.state());
    assertTrue(changed.calls().contains("virDomainShutdown"));
  }

  @Test
  void guestThatDoesNotShutDown_noSnapshotIsTaken() {
    changed.replacing("virDomainShutdown", arguments -> 0);
    SnapshotException failed =
        assertTimeout(Duration.ofSeconds(20), () -> failure(maker.shuttingOffFirst(SHORT)));
    assertTrue(
        failed.getMessage().contains("was not taken: the guest did not shut down within 0.3 s"),
        failed::getMessage);
    assertEquals(Optional.of(false), failed.exists());
    assertEquals(List.of(), fake.snapshotNames());
    assertFalse(changed.calls().contains("virDomainCreateWithFlags"));
    assertEquals(
        List.of(
            "the guest was asked to shut down, and can still shut down later; to start it then:"
                + " virsh start web01"),
        failed.notRestored());
  }

  @Test
  void shutdownFailsAlthoughGuestIsOff_snapshotIsTaken() throws Exception {
    changed.replacing(
        "virDomainShutdown",
        arguments -> {
          libvirt.library().virDomainShutdown((DomainPointer) arguments[0]);
          return changed.fail(ErrorNumber.VIR_ERR_OPERATION_INVALID, "domain is not running");
        });
    try (TakenSnapshot taken = maker.shuttingOffFirst(SHORT).take()) {
      assertEquals(Optional.of(SnapshotState.SHUTOFF), taken.details().state());
    }
    assertEquals(DomainState.RUNNING, fake.state());
  }

  @Test
  void interruptEndsTheWaitForTheShutdown() {
    changed.replacing("virDomainShutdown", arguments -> 0);
    Thread.currentThread().interrupt();
    SnapshotException failed = failure(maker.shuttingOffFirst(Duration.ofSeconds(5)));
    assertTrue(Thread.interrupted());
    assertTrue(
        failed.getMessage().contains("was interrupted while the guest shut down"),
        failed::getMessage);
    assertEquals(1, failed.notRestored().size());
  }

  @Test
  void pausedGuestIsNotShutDown() throws Exception {
    domain.suspend();
    assertRefused(
        "the guest is not running, and libvirt does not shut down such a guest",
        maker.shuttingOffFirst(SHORT).plan());
  }

  @Test
  void devicesOfRunningGuestOnlyAreNotLostByShutdown() throws Exception {
    String stored = disk("vda", "qcow2");
    changed.replacing(
        "virDomainGetXMLDesc",
        arguments ->
            new OwnedString(
                xml(
                    ((int) arguments[1] & DomainXmlFlag.INACTIVE.value()) != 0
                        ? stored
                        : stored + disk("vdb", "qcow2"))));
    assertRefused(
        "the guest would lose disk vdb, which its stored definition lacks",
        maker.shuttingOffFirst(SHORT).plan());
    assertEquals(List.of(), maker.withMemory().plan().refusals());
  }

  @Test
  void guestThatCouldNotBeStartedAgainIsNotShutOff() throws Exception {
    SnapshotMaker shuttingOff = maker.shuttingOffFirst(SHORT);
    assertEquals(List.of(), shuttingOff.plan().refusals());

    changed.failing(
        "virConnectDomainXMLToNative", ErrorNumber.VIR_ERR_NO_SECRET, "no secret with this UUID");

    assertRefused("no secret with this UUID", shuttingOff.plan());
    assertEquals(Optional.of(false), failure(shuttingOff).exists());
    assertFalse(changed.calls().contains("virDomainShutdown"));
  }

  @Test
  void transientDomainIsNotShutOff() throws Exception {
    FakeDomain other = libvirt.addTransientDomain("t", DomainState.RUNNING);
    try (Domain transientDomain = connect.domainLookupByName("t")) {
      SnapshotMaker shutting =
          SnapshotMaker.of(transientDomain).named("clean").shuttingOffFirst(SHORT);
      assertRefused("the domain is transient", shutting.plan());
      assertThrows(SnapshotException.class, shutting::take);
    }
    assertEquals(DomainState.RUNNING, other.state());
  }

  private void addAgent(AtomicBoolean frozen) {
    changed.ofVersion(WITH_EXTERNAL);
    changed.replacing(
        "virDomainGetTime",
        arguments ->
            frozen.get()
                ? changed.fail(
                    ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                    "internal error: unable to execute QEMU agent command 'guest-get-time': Command"
                        + " guest-get-time has been disabled: the agent is in frozen state")
                : 0);
    changed.replacing(
        "virDomainFSThaw",
        arguments -> {
          frozen.set(false);
          return 1;
        });
  }

  @Test
  void frozenFileSystemsAreThawed_snapshotFails() {
    AtomicBoolean frozen = new AtomicBoolean();
    List<Object> flags = new ArrayList<>();
    addAgent(frozen);
    changed.replacing(
        "virDomainSnapshotCreateXML",
        arguments -> {
          flags.add(arguments[2]);
          frozen.set(true);
          return changed.fail(ErrorNumber.VIR_ERR_OPERATION_FAILED, "disk full");
        });
    SnapshotException failed = failure(maker.freezingFileSystems());
    assertEquals(List.of(), failed.notRestored());
    assertEquals(
        List.of(SnapshotCreateFlag.DISK_ONLY.value() | SnapshotCreateFlag.QUIESCE.value()), flags);
    assertFalse(frozen.get());
  }

  @Test
  void frozenFileSystemsThatCannotBeThawedAreNamed() {
    AtomicBoolean frozen = new AtomicBoolean();
    addAgent(frozen);
    changed.replacing(
        "virDomainSnapshotCreateXML",
        arguments -> {
          frozen.set(true);
          return changed.fail(ErrorNumber.VIR_ERR_OPERATION_FAILED, "disk full");
        });
    changed.failing("virDomainFSThaw", ErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE, "gone");
    SnapshotException failed = failure(maker.freezingFileSystems());
    assertEquals(
        List.of(
            "the file systems of the guest may still be frozen: gone; to thaw them: virsh domfsthaw web01"),
        failed.notRestored());
  }

  @Test
  void agentMustAnswer_andNotBeFrozen() throws Exception {
    AtomicBoolean frozen = new AtomicBoolean(true);
    addAgent(frozen);
    assertRefused("are frozen already", maker.freezingFileSystems().plan());
    changed.failing("virDomainGetTime", ErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE, "no answer");
    assertRefused(
        "the guest agent could not be queried: no answer", maker.freezingFileSystems().plan());
    domain.suspend();
    assertRefused("the guest is not running", maker.freezingFileSystems().plan());
  }

  /** libvirt pauses a guest while it saves its memory. */
  @Test
  void guestThatLibvirtLeavesPausedIsNamed() {
    changed.replacing(
        "virDomainSnapshotCreateXML",
        arguments -> {
          libvirt.library().virDomainSuspend((DomainPointer) arguments[0]);
          return changed.fail(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
        });
    assertEquals(
        List.of(
            "the domain was running (booted) and is now paused (user); resume it: virsh resume"
                + " web01"),
        failure(maker.withMemory()).notRestored());
  }

  @Test
  void guestThatLibvirtLeavesPausedIsNamed_snapshotIsTaken() {
    changed.replacing(
        "virDomainSnapshotCreateXML",
        arguments -> {
          DomainPointer pointer = (DomainPointer) arguments[0];
          Object taken =
              libvirt
                  .library()
                  .virDomainSnapshotCreateXML(pointer, (String) arguments[1], (int) arguments[2]);
          libvirt.library().virDomainSuspend(pointer);
          return taken;
        });
    SnapshotException failed = failure(maker.withMemory());
    assertEquals(Optional.of(true), failed.exists());
    assertEquals(1, failed.notRestored().size());
  }

  @Test
  void snapshotThatExistsAfterErrorIsNamed() {
    changed.replacing(
        "virDomainSnapshotCreateXML",
        arguments -> {
          fake.addSnapshot("clean", DomainState.RUNNING);
          return changed.fail(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
        });
    SnapshotException failed = failure(maker.withMemory());
    assertEquals(Optional.of(true), failed.exists());
    assertTrue(
        failed
            .getMessage()
            .endsWith(
                "failed: boom; a snapshot of this name exists; another program may have taken it;"
                    + " to look at it before you use or delete it: virsh snapshot-dumpxml web01"
                    + " clean"),
        failed::getMessage);
  }

  /** libvirt does not switch the disks back, for example if it cannot store the metadata. */
  @Test
  void overlaysThatTheGuestUsesAfterErrorAreNamed() {
    define(disk("vda", "qcow2"), disk("vdb", "qcow2"));
    changed.replacing(
        "virDomainSnapshotCreateXML",
        arguments -> {
          define(disk("vda", "clean"), disk("vdb", "qcow2"));
          return changed.fail(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "unable to save metadata");
        });
    SnapshotException failed = failure(maker.external());
    assertEquals(Optional.of(false), failed.exists());
    assertEquals(
        "snapshot \"clean\" of domain \"web01\" failed: unable to save metadata; libvirt has no"
            + " snapshot of this name, but disk vda already writes to \"/images/vda.clean\"; do not"
            + " remove \"/images/vda.clean\"",
        failed.getMessage());
  }

  @Test
  void imagesThatDisksUseAfterErrorAreUnknown() {
    changed.replacing(
        "virDomainSnapshotCreateXML",
        arguments -> {
          changed.failing("virDomainGetXMLDesc", ErrorNumber.VIR_ERR_OPERATION_FAILED, "busy");
          return changed.fail(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
        });
    SnapshotException failed = failure(maker.external());
    assertEquals(Optional.of(false), failed.exists());
    assertTrue(
        failed
            .getMessage()
            .endsWith(
                "; whether a disk already writes to an overlay is unknown: busy; before you remove"
                    + " an overlay: virsh domblklist web01"),
        failed::getMessage);
  }

  @Test
  void snapshotThatDiffersFromPlanIsReported() {
    changed.replacing(
        "virDomainSnapshotGetXMLDesc",
        arguments ->
            new OwnedString(
                "<domainsnapshot><name>clean</name><state>running</state><creationTime>1</creationTime>"
                    + "<memory snapshot='internal'/><disks><disk name='vda' snapshot='no'/></disks>"
                    + "</domainsnapshot>"));
    SnapshotException failed = failure(maker.withMemory());
    assertTrue(
        failed
            .getMessage()
            .contains("was taken, but: libvirt describes the snapshot differently than planned: "));
    assertEquals(Optional.of(true), failed.exists());
  }

  @Test
  void exceptionAndPlanAreCompleteAfterSerialization() throws Exception {
    changed.ofVersion(WITH_EXTERNAL);
    changed.failing("virDomainSnapshotCreateXML", ErrorNumber.VIR_ERR_OPERATION_FAILED, "full");
    changed.failing("virDomainResume", ErrorNumber.VIR_ERR_OPERATION_FAILED, "no");
    SnapshotException original = failure(maker.pausingFirst());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(original);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      SnapshotException copy = (SnapshotException) in.readObject();
      assertEquals(original.plan(), copy.plan());
      assertEquals(original.getMessage(), copy.getMessage());
      assertEquals(Optional.of(false), copy.exists());
      assertEquals(1, copy.notRestored().size());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | name is empty",
        "a/b | without \"/\"",
        ".a | does not begin with \".\"",
        "before-revert-2026-11-28T05-00-00.000Z-00000000-0000-0000-0000-000000000000 | an undo"
      })
  void nameThatLibvirtCannotUseIsRejected(String name, String reason) {
    IllegalArgumentException rejected =
        assertThrows(IllegalArgumentException.class, () -> maker.named(name));
    assertTrue(rejected.getMessage().contains(reason), rejected::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0001", "a\0", "\ud800", "\ufffe", "a\u001b[0m"})
  void textThatXmlCannotContainIsRejected(String text) {
    assertThrows(IllegalArgumentException.class, () -> maker.named(text));
    assertThrows(IllegalArgumentException.class, () -> maker.describedAs(text));
  }

  @Test
  void nameIsLimitedToLengthOfFileName() {
    assertThrows(IllegalArgumentException.class, () -> maker.named("\u00e9".repeat(124)));
    assertTrue(maker.named("\u00e9".repeat(123)).toString().contains("\u00e9"));
  }

  @Test
  void requestsThatExcludeEachOtherAreRejected() {
    assertThrows(IllegalStateException.class, () -> maker.internal().external());
    assertThrows(IllegalStateException.class, () -> maker.pausingFirst().shuttingOffFirst(SHORT));
    assertThrows(IllegalStateException.class, () -> maker.withMemory().freezingFileSystems());
    assertThrows(IllegalStateException.class, () -> maker.shuttingOffFirst(SHORT).withMemory());
    assertThrows(IllegalArgumentException.class, () -> maker.shuttingOffFirst(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> maker.shuttingOffFirst(Duration.ofDays(2)));
  }

  @Test
  void incompleteRequestIsRejected() {
    IllegalStateException rejected =
        assertThrows(IllegalStateException.class, () -> SnapshotMaker.of(domain).plan());
    assertTrue(rejected.getMessage().contains("call named(name)"), rejected::getMessage);
    domain.close();
    assertThrows(IllegalStateException.class, () -> maker.take());
  }
}
