package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.Images;
import io.github.libvirtsnapshot.images.OtherDomain;
import io.github.libvirtsnapshot.internal.LogText;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How libvirt's QEMU driver reverts, for QEMU and KVM. */
final class QemuRules implements DriverRules {
  private static final int ALL_FLAGS = 15;
  private static final long RESET_NVRAM_SINCE = 8_001_000;
  private static final long EXTERNAL_SINCE = 9_007_000;

  /** From here on, libvirt reverts to a snapshot with memory through jobs of QEMU. */
  private static final long SNAPSHOT_JOBS_SINCE = 10_010_000;

  /** The oldest libvirt that was seen to open the images itself before QEMU does. */
  private static final long OPENS_FIRST_SINCE = 10_000_000;

  /** The oldest libvirt that was seen to revert to them; 10.0 was seen not to. */
  private static final long DISK_SNAPSHOT_SEEN = 11_003_000;

  private static final long CONVERSION_SEEN = 11_003_000;
  private static final long CONVERSION_ALWAYS = 12_008_000;

  private static final String SHUT_OFF_FIRST = "shut that domain off first";

  private static final ImmutableList<String> SINCE_CHECKPOINTS =
      ImmutableList.of("9.0.0", "11.3.0", "12.8.0");

  private static final ImmutableList<String> SINCE_EXTERNAL = ImmutableList.of("11.3.0", "12.8.0");

  private static final ImmutableList<Rule> RULES =
      ImmutableList.of(
          CommonRules.READ_ONLY,
          CommonRules.UNKNOWN_TARGET,
          CommonRules.CONTRADICTORY_FLAGS,
          CommonRules.unknownFlags(QemuRules::knownFlags),
          Rule.measured(
              "something that is going on in the domain",
              situation -> situation.obstacles().blocked().isPresent(),
              situation -> situation.refused(situation.obstacles().blocked().get())),
          CommonRules.TRANSIENT_TO_SHUT_OFF,
          new Rule(
              "an external snapshot, before libvirt could revert to those",
              situation -> situation.snapshot().external() && situation.isOlderThan(EXTERNAL_SINCE),
              situation ->
                  situation.refused(
                      Refusal.untouched(
                          ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
                          "the snapshot is external, and this libvirt can't revert to those",
                          "upgrade libvirt on the host, 11.3 can")),
              ImmutableList.of("7.0.0", "9.0.0")),
          CommonRules.NO_DOMAIN_DESCRIBED,
          CommonRules.MANAGED_SAVE_WITHOUT_MEMORY,
          new Rule(
              "an external snapshot of the disks of a running guest, before libvirt could revert to"
                  + " those",
              situation ->
                  situation.snapshot().external()
                      && situation
                          .snapshot()
                          .state()
                          .equals(Optional.of(SnapshotState.DISK_SNAPSHOT))
                      && situation.isOlderThan(DISK_SNAPSHOT_SEEN),
              situation ->
                  situation.refused(
                      Refusal.untouched(
                          ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                          "the snapshot is of the disks of a running guest, and this libvirt can't"
                              + " revert to those",
                          "upgrade libvirt on the host, 11.3 can")),
              ImmutableList.of("10.0.0")),
          CommonRules.OTHER_PROCESS,
          new Rule(
              "an external snapshot, and a disk that is not in a file",
              situation ->
                  situation.snapshot().external()
                      && situation.target().disks().stream()
                          .anyMatch(disk -> !disk.type().equals("file")),
              situation ->
                  situation.refused(
                      Refusal.untouched(
                          ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED,
                          "the snapshot is external, and a disk of it is not in a file",
                          "revert to an internal snapshot")),
              SINCE_EXTERNAL),
          new Rule(
              "an internal snapshot, and a checkpoint",
              situation -> situation.surroundings().hasCheckpointIn(situation.target().rewritten()),
              situation -> situation.refused(checkpoints(situation)),
              SINCE_CHECKPOINTS),
          Rule.measured(
              "an image that another guest has open",
              situation -> guestOnRewritten(situation).isPresent(),
              situation -> situation.refused(imageInUse(guestOnRewritten(situation).get()))),
          Rule.measured(
              "an image that can't be opened",
              situation -> !situation.surroundings().unreadable().isEmpty(),
              situation -> situation.refused(unreadable(situation))),
          new Rule(
              "an external snapshot, and images that differ in their extension only",
              situation ->
                  situation.snapshot().external()
                      && OverlayNames.collide(situation.target().disks()),
              situation ->
                  situation.refused(
                      new Refusal(
                          ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
                          true,
                          "the new files of two disks or media would have the same name, as their"
                              + " images differ in their extension only",
                          "eject the medium before the snapshot is taken, or rename an image")),
              SINCE_EXTERNAL),
          new Rule(
              "RESET_NVRAM, and an NVRAM in another format than its template",
              QemuRules::nvramIsConverted,
              situation ->
                  situation.refused(
                      new Refusal(
                          ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED,
                          true,
                          "the NVRAM is in another format than its template, and libvirt converts"
                              + " none",
                          "leave RESET_NVRAM out; from libvirt 12.8 on, give the NVRAM its"
                              + " template's format")),
              SINCE_EXTERNAL),
          Rule.measured(
              "a guest that the host can't start",
              situation -> situation.obstacles().host().missing().isPresent(),
              situation -> situation.refused(situation.obstacles().host().missing().get())),
          Rule.measured(
              "a port that another guest listens on",
              situation -> portInUse(situation).isPresent(),
              situation -> situation.refused(portInUse(situation).get())),
          new Rule(
              "an external snapshot, and no current one",
              situation ->
                  situation.snapshot().external() && situation.before().currentSnapshot().isEmpty(),
              situation ->
                  situation.refused(
                      new Refusal(
                          ErrorNumber.VIR_ERR_SYSTEM_ERROR,
                          true,
                          "no snapshot is the current one, and libvirtd itself dies of such a"
                              + " revert",
                          "make one current: virsh snapshot-current DOMAIN SNAPSHOT")),
              SINCE_EXTERNAL),
          Rule.measured(
              "from memory to paused",
              situation ->
                  situation.snapshot().hasMemory() && situation.hasTargetState(DomainState.PAUSED),
              situation -> Forecast.success(StateReason.PAUSED_FROM_SNAPSHOT)),
          Rule.measured(
              "from memory to running",
              situation -> situation.snapshot().hasMemory(),
              situation -> Forecast.success(StateReason.RUNNING_FROM_SNAPSHOT)),
          Rule.measured(
              "from disks to running",
              situation -> situation.hasTargetState(DomainState.RUNNING),
              situation -> Forecast.success(StateReason.RUNNING_BOOTED)),
          Rule.measured(
              "from disks to paused",
              situation -> situation.hasTargetState(DomainState.PAUSED),
              situation -> Forecast.success(StateReason.PAUSED_USER)),
          Rule.measured("from disks to shut off", situation -> true, Situation::shutOff));

  /** From 12.8 on, such a guest can't be started at all. */
  private static boolean nvramIsConverted(Situation situation) {
    boolean made =
        (situation.has(RevertFlag.RESET_NVRAM) && !situation.isOlderThan(CONVERSION_SEEN))
            || !situation.isOlderThan(CONVERSION_ALWAYS);
    return made
        && !situation.hasTargetState(DomainState.SHUTOFF)
        && situation.nvramThen().filter(nvram -> !nvram.canBeReset()).isPresent();
  }

  private static boolean isLoadedByJob(Situation situation) {
    return situation.snapshot().hasMemory() && !situation.isOlderThan(SNAPSHOT_JOBS_SINCE);
  }

  private static Refusal checkpoints(Situation situation) {
    return new Refusal(
        isLoadedByJob(situation)
            ? ErrorNumber.VIR_ERR_OPERATION_FAILED
            : ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        true,
        "the domain has checkpoints, and QEMU goes back to no snapshot within an image that has"
            + " them",
        "delete them with virsh checkpoint-delete");
  }

  /** Returns the name of another domain whose guest has an image open that would be rewritten. */
  private static Optional<String> guestOnRewritten(Situation situation) {
    Images images = situation.surroundings().images();
    return situation.target().rewritten().stream()
        .flatMap(image -> images.usersOf(image).stream())
        .filter(OtherDomain::active)
        .map(OtherDomain::name)
        .findFirst();
  }

  private static Refusal imageInUse(String domain) {
    return new Refusal(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        true,
        "the guest of domain " + LogText.quote(domain) + " has an image of the snapshot open",
        SHUT_OFF_FIRST);
  }

  private static Optional<Refusal> portInUse(Situation situation) {
    Map<String, String> listening = situation.surroundings().listening();
    return situation.obstacles().host().ports().stream()
        .filter(listening::containsKey)
        .findFirst()
        .map(
            port ->
                new Refusal(
                    ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                    true,
                    "the guest of domain "
                        + LogText.quote(listening.get(port))
                        + " listens on port "
                        + LogText.escape(port),
                    SHUT_OFF_FIRST));
  }

  private static Refusal unreadable(Situation situation) {
    return new Refusal(
        situation.snapshot().hasMemory() && !situation.isOlderThan(OPENS_FIRST_SINCE)
            ? ErrorNumber.VIR_ERR_SYSTEM_ERROR
            : ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        true,
        "an image can't be opened: "
            + situation.surroundings().unreadable().values().iterator().next(),
        "put it back, or let libvirt's user read and write it");
  }

  private static int knownFlags(Situation situation) {
    return situation.isOlderThan(RESET_NVRAM_SINCE)
        ? ALL_FLAGS & ~RevertFlag.RESET_NVRAM.value()
        : ALL_FLAGS;
  }

  @Override
  public List<Rule> rules() {
    return RULES;
  }

  @Override
  public Surroundings surroundings(
      Survey survey,
      DomainStatus before,
      List<XmlNode> definitions,
      SnapshotDescription target,
      Set<String> ports)
      throws ConnectionLostException {
    return survey.surroundings(before, definitions, target, ports);
  }

  @Override
  public boolean knowsContents() {
    return true;
  }

  @Override
  public List<Content> contents(Situation situation) {
    return Contents.of(situation);
  }

  @Override
  public Safety safety(Situation situation) {
    return QemuSafety.of(situation);
  }

  /** Only an active domain can have a job. */
  @Override
  public Optional<Refusal> blocked(Domain domain, DomainStatus before, XmlNode definition)
      throws LibvirtException {
    if (!before.isActive()) {
      return Optional.empty();
    }
    try {
      for (Disk disk : Disk.of(definition)) {
        if (disk.isWritable() && domain.hasBlockJob(disk.target())) {
          return Optional.of(blockJob(disk.target()));
        }
      }
      return domain.hasJob() ? Optional.of(JOB) : Optional.empty();
    } catch (LibvirtException e) {
      return switch (e.getError().getCode()) {
        case VIR_ERR_OPERATION_INVALID -> Optional.empty(); // The guest has ended meanwhile.
        case VIR_ERR_OPERATION_TIMEOUT ->
            Optional.of(
                Refusal.untouched(
                    ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
                    e.getMessage(),
                    "wait until the domain is no longer busy, or ask for retrying(...)"));
        default -> throw e;
      };
    }
  }

  private static final Refusal JOB =
      Refusal.untouched(
          ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
          "a job, such as a save, a dump, a backup or a migration, is at work on the domain",
          "wait for its end, or abort it with: virsh domjobabort DOMAIN");

  private static Refusal blockJob(String disk) {
    return Refusal.untouched(
        ErrorNumber.VIR_ERR_OPERATION_INVALID,
        "a block job is at work on disk " + LogText.escape(disk),
        "wait for its end, or abort it with: virsh blockjob DOMAIN "
            + LogText.escape(disk)
            + " --abort");
  }

  /** A revert to an active state starts a new process, with the emulator of the snapshot. */
  @Override
  public HostNeeds hostNeeds(Connect connect, XmlNode then) throws ConnectionLostException {
    return new HostSurvey(connect, then).needs();
  }

  @Override
  public List<String> unknowns(Situation situation) {
    ImmutableList.Builder<String> unknowns = ImmutableList.builder();
    if (situation.before().isActive()) {
      unknowns.add("whether anyone is connected to the guest's screen or serial console");
    }
    unknowns.add(
        "whether the disk images"
            + (situation.nvramThen().filter(Nvram::isQcow2).isPresent() ? " and the NVRAM" : "")
            + " can be read and still hold the snapshot: libvirt looks only after it stopped the"
            + " guest");
    if (!situation.target().rewritten().isEmpty()
        && !situation.surroundings().checkpoints().isEmpty()) {
      unknowns.add(
          "whether a checkpoint has left a bitmap in an image, which QEMU would not go back in");
    }
    situation
        .snapshot()
        .memory()
        .file()
        .ifPresent(file -> unknowns.add("whether the memory can be read: " + LogText.escape(file)));
    if (situation.keepsProcess()) {
      unknowns.add(
          "whether libvirt takes the guest for the same machine as the snapshot's: if not, it asks"
              + " for force()");
    }
    return unknowns
        .addAll(situation.obstacles().host().unknowns())
        .addAll(situation.surroundings().unknowns())
        .build();
  }
}
