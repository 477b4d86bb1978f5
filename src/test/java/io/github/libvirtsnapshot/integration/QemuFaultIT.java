package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.io.MoreFiles;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Outcomes of reverts on real QEMU with an injected fault. {@link LibvirtPythonOracle} observes the
 * actual state.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("qemu")
class QemuFaultIT {
  private static final String EMULATOR = "/usr/bin/qemu-system-x86_64";

  private PrivateLibvirtd libvirtd;
  private Connect connect;
  private String name;
  private LogRecorder log;

  @BeforeAll
  void start() throws IOException {
    libvirtd = PrivateLibvirtd.startedWithDefaultSettings();
  }

  @AfterAll
  void stop() throws IOException {
    libvirtd.close();
  }

  @BeforeEach
  void open(TestInfo test) throws LibvirtException {
    name = test.getTestMethod().orElseThrow().getName();
    connect = new Connect(libvirtd.qemu());
    log = new LogRecorder(SnapshotReverter.class);
  }

  @AfterEach
  void close() {
    log.close();
    connect.close();
  }

  /** A fault that a test injects. */
  private interface Fault {
    void inject() throws Exception;
  }

  /** Injects a fault right before the library calls libvirt to revert. */
  private static RevertListener injecting(Fault fault) {
    return new RevertListener() {
      @Override
      public void reverting(RevertRequest request, DomainStatus status) {
        try {
          fault.inject();
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      }
    };
  }

  private Domain startWithSnapshot(String xml) throws LibvirtException {
    Domain domain = connect.domainDefineXML(xml);
    domain.create();
    Guests.take(domain, "clean");
    return domain;
  }

  private Domain startWithSnapshot() throws Exception {
    return startWithSnapshot(Guests.qemuXml(name, libvirtd.disk(name)));
  }

  private String actualState() throws IOException {
    return new LibvirtPythonOracle(libvirtd, name).look();
  }

  private void assertMatchesActualState(Optional<DomainStatus> reported) throws IOException {
    assertEquals(actualState(), LibvirtPythonOracle.words(reported));
  }

  private RevertException failure(SnapshotReverter reverter) {
    return assertThrows(RevertException.class, reverter::revert);
  }

  /** Runs the command of the message, and checks that the guest is running again. */
  private void assertRecoveryCommandWorks(RevertException failure) throws IOException {
    RecipeGuest.runRestoreCommand(libvirtd, failure.getMessage());
    assertTrue(actualState().startsWith("1 "), actualState());
  }

  @Test
  @Tag("another-process")
  void revertAndRollbackFailWhenImageIsUnreadable() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      Path disk = libvirtd.directory().resolve(name + ".qcow2");
      RevertPlan plan = SnapshotReverter.of(domain).to("clean").plan();
      assertTrue(plan.matchesTarget());
      assertTrue(plan.toString().contains("whether \"" + disk + "\" can be read"), plan.toString());

      setPermissions(disk, "---------");
      RevertException failed = failure(SnapshotReverter.of(domain).to("clean"));
      assertEquals(RevertOutcome.FAILED, failed.outcome());
      assertEquals(DomainState.SHUTOFF, failed.details().after().orElseThrow().state());
      assertMatchesActualState(failed.details().after());

      setPermissions(disk, "rw-------");
      Guests.bringTo(domain, DomainState.RUNNING);
      RevertException rollbackFailed =
          failure(
              SnapshotReverter.of(domain)
                  .to("clean")
                  .withSafetySnapshot()
                  .listener(injecting(() -> setPermissions(disk, "---------"))));
      assertEquals(RevertOutcome.ROLLBACK_FAILED, rollbackFailed.outcome());
      assertEquals(1, rollbackFailed.getSuppressed().length);
      assertMatchesActualState(rollbackFailed.details().after());
      setPermissions(disk, "rw-------");
      assertRecoveryCommandWorks(rollbackFailed);
    }
  }

  private static void setPermissions(Path file, String permissions) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void revertIsRolledBackWhenSnapshotIsMissingInImage() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      DomainStatus before = SnapshotReverter.of(domain).to("clean").plan().before();
      RevertException rolledBack =
          failure(
              SnapshotReverter.of(domain)
                  .to("clean")
                  .withSafetySnapshot()
                  .listener(injecting(this::deleteSnapshotFromImage)));

      assertEquals(RevertOutcome.ROLLED_BACK, rolledBack.outcome());
      assertEquals(DomainState.RUNNING, rolledBack.details().after().orElseThrow().state());
      assertMatchesActualState(rolledBack.details().after());
      assertEquals(
          before.currentSnapshot(), rolledBack.details().after().orElseThrow().currentSnapshot());
      assertEquals(Optional.empty(), rolledBack.details().safetySnapshot());
      assertEquals(1, domain.snapshotNum(), "the safety snapshot must be deleted");
      assertTrue(
          rolledBack
              .getMessage()
              .endsWith("rolled back: the domain is running (from snapshot) again"));
    }
  }

  @Test
  void rollbackRecreatesTransientDomain() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      domain.undefine();

      RevertException rolledBack =
          failure(
              SnapshotReverter.of(domain)
                  .to("clean")
                  .withSafetySnapshot()
                  .listener(injecting(this::deleteSnapshotFromImage)));

      assertEquals(RevertOutcome.ROLLED_BACK, rolledBack.outcome(), rolledBack.getMessage());
      assertMatchesActualState(rolledBack.details().after());
      assertFalse(rolledBack.details().after().orElseThrow().persistent());
      assertEquals(List.of("clean"), List.of(domain.snapshotListNames()));
    }
  }

  /**
   * On libvirt 9.0, the domain is gone, and the commands of the message create it again, with its
   * memory. On 11.3, the domain is shut off.
   */
  @Test
  @Tag("another-process")
  void messageLeadsBackWhenRollbackOfTransientDomainFails() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      Guests.take(domain, "later");
      domain.undefine();
      String definition = domain.getXMLDesc(DomainXmlFlag.INACTIVE);
      Path disk = libvirtd.directory().resolve(name + ".qcow2");

      RevertException rollbackFailed =
          failure(
              SnapshotReverter.of(domain)
                  .to("clean")
                  .withSafetySnapshot()
                  .listener(injecting(() -> setPermissions(disk, "---------"))));
      assertEquals(RevertOutcome.ROLLBACK_FAILED, rollbackFailed.outcome());
      boolean isGone = connect.listAllDomains().stream().noneMatch(this::isUnderTest);
      setPermissions(disk, "rw-------");
      Optional<Path> files =
          isGone ? Optional.of(createAgain(rollbackFailed.getMessage())) : Optional.empty();
      assertRecoveryCommandWorks(rollbackFailed);

      assertEquals(definition, domain.getXMLDesc(DomainXmlFlag.INACTIVE));
      assertEquals("running (from snapshot)", domain.getState().toString());
      assertEquals(
          Set.of("clean", "later", rollbackFailed.details().safetySnapshot().orElseThrow()),
          Set.of(domain.snapshotListNames()));
      if (files.isPresent()) {
        assertEquals(
            "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(files.get())));
        MoreFiles.deleteRecursively(files.get());
      }
      domain.destroy();
    }
  }

  private boolean isUnderTest(Domain each) {
    try (each) {
      return each.getName().equals(name);
    }
  }

  /** Runs the commands of a message that create a domain, and returns the folder of their files. */
  private Path createAgain(String message) throws IOException {
    Matcher commands = Pattern.compile("cd (\\S+); virsh create .*; done").matcher(message);
    assertTrue(commands.find(), message);
    PrivateLibvirtd.run(
        "sh",
        "-ec",
        "export VIRSH_DEFAULT_CONNECT_URI='%s'; %s".formatted(libvirtd.qemu(), commands.group()));
    return Path.of(commands.group(1));
  }

  private void deleteSnapshotFromImage() throws IOException {
    PrivateLibvirtd.run(
        "virsh", "-c", libvirtd.qemu(), "qemu-monitor-command", name, "--hmp", "delvm clean");
  }

  @Test
  @Tag("another-process")
  void revertFailsWhenEmulatorIsMissing() throws Exception {
    Path emulator = libvirtd.directory().resolve("emulator");
    Files.writeString(emulator, "#!/bin/sh\nexec " + EMULATOR + " \"$@\"\n");
    setPermissions(emulator, "rwxr-xr-x");
    String xml = Guests.qemuXml(name, libvirtd.disk(name));
    String withEmulator =
        xml.replace("<devices>", "<devices><emulator>" + emulator + "</emulator>");
    try (Domain domain = startWithSnapshot(withEmulator)) {
      domain.destroy();
      connect
          .domainDefineXML(
              xml.replace("<name>", "<uuid>" + domain.getUUIDString() + "</uuid><name>"))
          .close();
      domain.create();
      SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean");
      RevertPlan planBeforeFault = reverter.plan();
      assertTrue(planBeforeFault.matchesTarget(), planBeforeFault.toString());
      assertTrue(
          planBeforeFault.toString().contains("devices/emulator: " + EMULATOR + " -> " + emulator),
          planBeforeFault.toString());

      RevertException rolledBack =
          failure(reverter.withSafetySnapshot().listener(injecting(() -> Files.delete(emulator))));
      assertEquals(RevertOutcome.ROLLED_BACK, rolledBack.outcome());
      assertMatchesActualState(rolledBack.details().after());

      RevertPlan plan = reverter.plan();
      assertTrue(plan.refusal().orElseThrow().guestStopped());
      String untouched = actualState();
      RevertException guarded = failure(reverter.guarded());
      assertEquals(RevertOutcome.NOT_STARTED, guarded.outcome());
      assertTrue(guarded.getMessage().contains("Cannot check QEMU binary"), guarded.getMessage());
      assertEquals(untouched, actualState());

      RevertException failed = failure(reverter);
      assertEquals(RevertOutcome.FAILED, failed.outcome());
      assertEquals(plan.refusal().get().code(), failed.getError().getCode());
      assertEquals(plan.stateAfter(), failed.details().after().map(DomainStatus::state));
      assertMatchesActualState(failed.details().after());
    }
  }

  @Test
  @Tag("another-process")
  void rollbackFailsWhenFirmwareIsMissing() throws Exception {
    Path firmware = libvirtd.directory().resolve("bios.bin");
    Files.copy(Path.of("/usr/share/seabios/bios-256k.bin"), firmware);
    setPermissions(firmware, "rw-r--r--");
    Path movedFirmware = libvirtd.directory().resolve("bios.away");
    String xml =
        Guests.qemuXml(name, libvirtd.disk(name))
            .replace("</type></os>", "</type><loader type='rom'>" + firmware + "</loader></os>");
    try (Domain domain = startWithSnapshot(xml)) {
      RevertPlan plan = SnapshotReverter.of(domain).to("clean").plan();
      assertTrue(plan.unknowns().contains("whether the firmware exists: " + firmware));

      RevertException rollbackFailed =
          failure(
              SnapshotReverter.of(domain)
                  .to("clean")
                  .withSafetySnapshot()
                  .listener(injecting(() -> Files.move(firmware, movedFirmware))));
      assertEquals(RevertOutcome.ROLLBACK_FAILED, rollbackFailed.outcome());
      assertMatchesActualState(rollbackFailed.details().after());
      Files.move(movedFirmware, firmware);
      assertRecoveryCommandWorks(rollbackFailed);
    }
  }

  @Test
  @Tag("root")
  void revertIsNotStartedWhenDiskIsFull() throws Exception {
    Path small = Files.createDirectory(libvirtd.directory().resolve("small"));
    String options = "size=8m,uid=" + Files.getAttribute(libvirtd.directory(), "unix:uid");
    asRoot("mount", "-t", "tmpfs", "-o", options, "tmpfs", small.toString());
    try {
      Path disk = small.resolve("disk.qcow2");
      Files.move(libvirtd.disk(name), disk);
      libvirtd.give(disk);
      try (Domain domain = startWithSnapshot(Guests.qemuXml(name, disk))) {
        fill(small.resolve("filler"));
        String untouched = actualState();
        SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean").withTransientPools();

        assertEquals(
            List.of(
                "whether the folder of \"%s\" has room for a safety snapshot: the guest has 32 MiB of memory, and 0 MiB were available when libvirt refreshed the storage pool"
                    .formatted(disk)),
            reverter.plan().unknowns().stream().filter(each -> each.contains("room")).toList());
        RevertException failed = failure(reverter.withSafetySnapshot());

        assertEquals(RevertOutcome.NOT_STARTED, failed.outcome());
        assertTrue(
            failed.getMessage().contains("safety snapshot could not be created"),
            failed.getMessage());
        assertMatchesActualState(failed.details().after());
        assertEquals(untouched.charAt(0), actualState().charAt(0));
        assertEquals(
            untouched.substring(untouched.lastIndexOf(' ')),
            actualState().substring(actualState().lastIndexOf(' ')));
        assertEquals(1, domain.snapshotNum());
        domain.destroy();
      }
    } finally {
      asRoot("umount", "-l", small.toString());
    }
  }

  private static void asRoot(String... command) throws IOException {
    String line = String.join(" ", command);
    PrivateLibvirtd.run(
        "sh", "-c", "if [ $(id -u) -eq 0 ]; then " + line + "; else sudo " + line + "; fi");
  }

  private static void fill(Path file) throws IOException {
    byte[] block = new byte[4096];
    try (var out = Files.newOutputStream(file)) {
      assertThrows(
          IOException.class,
          () -> {
            while (true) {
              out.write(block);
            }
          });
    }
  }

  @Test
  void revertIsRefusedDuringBlockJob() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      startBlockJob();
      SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean").force();
      RevertPlan plan = reverter.plan();
      assertEquals(ErrorNumber.VIR_ERR_OPERATION_INVALID, plan.refusal().orElseThrow().code());
      String untouched = actualState();
      assertEquals(RevertOutcome.NOT_STARTED, failure(reverter.guarded()).outcome());
      RevertException refused = failure(reverter);
      assertEquals(ErrorNumber.VIR_ERR_OPERATION_INVALID, refused.getError().getCode());
      assertEquals(untouched, actualState());

      abortBlockJob();
      assertTrue(reverter.guarded().revert().after().id().isPresent());
    }
  }

  private void startBlockJob() throws IOException {
    PrivateLibvirtd.run(
        "virsh",
        "-c",
        libvirtd.qemu(),
        "blockcopy",
        name,
        "vda",
        libvirtd.directory().resolve(name + ".copy.qcow2").toString(),
        "--transient-job");
  }

  private void abortBlockJob() throws IOException {
    PrivateLibvirtd.run("virsh", "-c", libvirtd.qemu(), "blockjob", name, "vda", "--abort");
  }

  @Test
  void guardedRevertWaitsUntilBlockJobEnds() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      startBlockJob();
      List<Optional<ErrorNumber>> refusals = new ArrayList<>();
      RevertListener abortingAfterFirstPlan =
          new RevertListener() {
            @Override
            public void planned(RevertPlan plan) {
              refusals.add(plan.refusal().map(Refusal::code));
              if (refusals.size() == 1) {
                try {
                  abortBlockJob();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            }
          };

      RevertReport report =
          SnapshotReverter.of(domain)
              .to("clean")
              .guarded()
              .retrying(2, Duration.ofMillis(100))
              .listener(abortingAfterFirstPlan)
              .revert();

      assertEquals(
          List.of(Optional.of(ErrorNumber.VIR_ERR_OPERATION_INVALID), Optional.empty()), refusals);
      assertEquals(DomainState.RUNNING, report.after().state());
    }
  }

  @Test
  void safetySnapshotIsRefusedForRawDisk() throws Exception {
    Path raw = libvirtd.directory().resolve(name + ".raw");
    PrivateLibvirtd.run("qemu-img", "create", "-q", "-f", "raw", raw.toString(), "1M");
    libvirtd.give(raw);
    try (Domain domain = startWithSnapshot()) {
      domain.destroy();
      String disk =
          "<disk type='file'><driver name='qemu' type='raw'/><source file='"
              + raw
              + "'/><target dev='vdb' bus='virtio'/></disk>";
      connect
          .domainDefineXML(
              domain.getXMLDesc(DomainXmlFlag.INACTIVE).replace("</devices>", disk + "</devices>"))
          .close();
      domain.create();
      String untouched = actualState();

      RevertException refused =
          failure(SnapshotReverter.of(domain).to("clean").force().withSafetySnapshot());

      assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
      assertTrue(
          refused
              .getMessage()
              .contains("an internal snapshot requires that each disk is a qcow2 image"),
          refused.getMessage());
      assertEquals(untouched, actualState());
      domain.destroy();
      RevertException inactive =
          failure(SnapshotReverter.of(domain).to("clean").withSafetySnapshot());
      assertEquals(RevertOutcome.NOT_STARTED, inactive.outcome());
      assertEquals(Optional.empty(), inactive.details().safetySnapshot());
    }
  }

  @Test
  void concurrentRevertsLeaveGuestRunning() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try (Domain domain = startWithSnapshot();
        Connect other = new Connect(libvirtd.qemu());
        Domain same = other.domainLookupByName(name)) {
      Future<RevertReport> first = executor.submit(SnapshotReverter.of(domain).to("clean")::revert);
      Future<RevertReport> second = executor.submit(SnapshotReverter.of(same).to("clean")::revert);
      int succeeded = 0;
      for (Future<RevertReport> revert : List.of(first, second)) {
        try {
          assertEquals(DomainState.RUNNING, revert.get().after().state());
          succeeded++;
        } catch (ExecutionException e) {
          RevertException failed = (RevertException) e.getCause();
          assertFalse(failed.getMessage().isEmpty());
        }
      }
      assertTrue(succeeded >= 1, "at least one of two concurrent reverts must succeed");
      assertTrue(actualState().startsWith("1 "), actualState());
    } finally {
      executor.shutdown();
    }
  }

  /** libvirt performs the second revert after the first one, and reports success for both. */
  @Test
  void concurrentRevertsToDifferentSnapshotsReportOnlyTheirOwnState() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try (Domain domain = startWithSnapshot();
        Connect other = new Connect(libvirtd.qemu());
        Domain same = other.domainLookupByName(name)) {
      domain.suspend();
      Guests.take(domain, "paused");
      for (int millis : new int[] {0, 100, 300, 500}) {
        Future<String> first = executor.submit(() -> revertOf(domain, "clean"));
        Thread.sleep(millis);
        Future<String> second = executor.submit(() -> revertOf(same, "paused"));
        List<String> reverted = List.of(first.get(), second.get());
        assertTrue(reverted.contains(currentSnapshot(domain)), reverted::toString);
      }
    } finally {
      executor.shutdown();
    }
  }

  /**
   * Reverts, and checks that the report has the state of this revert.
   *
   * @return the name of the snapshot if the domain was in its state; empty if the other revert has
   *     changed the domain by then
   */
  private static String revertOf(Domain domain, String snapshot) throws LibvirtException {
    try {
      RevertReport report = SnapshotReverter.of(domain).to(snapshot).revert();
      assertEquals(Optional.of(snapshot), report.after().currentSnapshot());
      assertEquals(
          snapshot.equals("paused") ? DomainState.PAUSED : DomainState.RUNNING,
          report.after().state());
      return snapshot;
    } catch (RevertException e) {
      assertEquals(RevertOutcome.WRONG_STATE, e.outcome(), e.getMessage());
      return "";
    }
  }

  private static String currentSnapshot(Domain domain) throws LibvirtException {
    return domain.snapshotCurrentName().orElseThrow();
  }

  @Test
  @Tag("another-process")
  void revertIsRolledBackOrUndoneWhenGuestIsKilled() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Domain domain = startWithSnapshot()) {
      for (int millis : new int[] {0, 50, 100, 150, 200, 300}) {
        ProcessHandle before = libvirtd.guest(name).orElseThrow();
        Future<ProcessHandle> killed = executor.submit(() -> killNewGuest(before, millis));
        try {
          RevertReport report =
              SnapshotReverter.of(domain).to("clean").withSafetySnapshot().revert();
          // The guest was killed after libvirt and the library had checked its state.
          killed.get();
          assertEquals(DomainState.RUNNING, report.after().state());
          awaitShutOff();
          SnapshotReverter.of(domain).undo(report);
        } catch (RevertException e) {
          assertEquals(RevertOutcome.ROLLED_BACK, e.outcome(), e.getMessage());
          assertMatchesActualState(e.details().after());
        }
        assertTrue(actualState().startsWith("1 "), actualState());
      }
    } finally {
      executor.shutdown();
    }
  }

  /**
   * Waits until libvirt reports the guest as shut off. If the next revert started before that,
   * libvirt would stop the new guest instead.
   */
  private void awaitShutOff() throws Exception {
    while (!actualState().startsWith("5 ")) {
      Thread.sleep(20);
    }
  }

  private ProcessHandle killNewGuest(ProcessHandle oldGuest, int millis) throws Exception {
    while (true) {
      Optional<ProcessHandle> guest = libvirtd.guest(name);
      if (guest.isPresent() && guest.get().pid() != oldGuest.pid()) {
        Thread.sleep(millis);
        guest.get().destroyForcibly();
        return guest.get();
      }
      Thread.sleep(2);
    }
  }

  @Test
  void undoRestoresStateBeforeRevert() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      Guests.bringTo(domain, DomainState.PAUSED);
      RevertReport report = SnapshotReverter.of(domain).to("clean").withSafetySnapshot().revert();
      assertEquals(DomainState.RUNNING, report.after().state());
      assertTrue(report.safetySnapshot().orElseThrow().startsWith("before-revert-"));

      RevertReport undone = SnapshotReverter.of(domain).undo(report);

      assertEquals(StateReason.PAUSED_FROM_SNAPSHOT, undone.after().reason());
      assertMatchesActualState(Optional.of(undone.after()));
    }
  }

  @Test
  void externalSnapshotIsRevertedOrRefusedDependingOnVersion() throws Exception {
    Path disk = libvirtd.disk(name);
    try (Domain domain = connect.domainDefineXML(Guests.qemuXml(name, disk))) {
      Guests.bringTo(domain, DomainState.RUNNING);
      PrivateLibvirtd.run(
          "virsh", "-c", libvirtd.qemu(), "snapshot-create-as", name, "clean", "--disk-only");
      SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean");
      if (connect.getLibVersion() < 11_003_000) {
        String untouched = actualState();
        RevertException refused = failure(reverter.withSafetySnapshot());
        assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
        assertTrue(refused.getMessage().contains("upgrade libvirt"), refused.getMessage());
        assertEquals(untouched, actualState());
        return;
      }
      RevertReport report = reverter.withSafetySnapshot().revert();
      assertEquals(DomainState.SHUTOFF, report.after().state());
      SnapshotReverter.of(domain).undo(report);
      assertTrue(actualState().startsWith("1 "), actualState());

      Guests.bringTo(domain, DomainState.SHUTOFF);
      occupyOverlaysOfNextSeconds(disk);
      List<RevertAttempt> attempts =
          reverter.retrying(20, Duration.ofSeconds(1)).revert().attempts();
      assertTrue(attempts.size() > 1, attempts.toString());
      assertEquals(1, domain.snapshotNum(SnapshotListFlag.EXTERNAL));
    }
  }

  /**
   * The name of an overlay ends with the time of the revert, in seconds. libvirt would overwrite an
   * empty file.
   */
  private static void occupyOverlaysOfNextSeconds(Path disk) throws IOException {
    long now = Instant.now().getEpochSecond();
    String overlay = MoreFiles.getNameWithoutExtension(disk);
    for (long second = now; second < now + 10; second++) {
      Files.writeString(disk.resolveSibling(overlay + "." + second), "in use");
    }
  }

  @Test
  void managedSaveImageIsUsableAfterUndo() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      Guests.bringTo(domain, DomainState.SHUTOFF);
      Guests.take(domain, "off");
      domain.create();
      domain.managedSave();
      RevertException guarded = failure(SnapshotReverter.of(domain).to("off").withSafetySnapshot());
      assertEquals(RevertOutcome.NOT_STARTED, guarded.outcome());

      RevertReport report =
          SnapshotReverter.of(domain).to("off").force().withSafetySnapshot().revert();
      SnapshotReverter.of(domain).undo(report);
      domain.create();
      assertEquals("running (restored)", domain.getState().toString());
    }
  }

  @Test
  void exceptionOfListenerDoesNotAffectRollback() throws Exception {
    try (Domain domain = startWithSnapshot()) {
      RevertException rolledBack =
          failure(
              SnapshotReverter.of(domain)
                  .to("clean")
                  .withSafetySnapshot()
                  .listener(
                      injecting(
                          () -> {
                            deleteSnapshotFromImage();
                            throw new IOException("boom");
                          })));

      assertEquals(RevertOutcome.ROLLED_BACK, rolledBack.outcome(), rolledBack.getMessage());
      assertMatchesActualState(rolledBack.details().after());
      assertEquals(Optional.empty(), rolledBack.details().safetySnapshot());
      assertEquals(1, domain.snapshotNum());
      assertTrue(
          log.lines().contains("WARNING a listener failed; the revert continues"),
          log.lines().toString());
    }
  }
}
