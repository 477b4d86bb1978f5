package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.ErrorDomain;
import io.github.libvirtsnapshot.ErrorNumber;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;

/** How libvirt's QEMU driver reverts, for QEMU and KVM. */
final class QemuRules implements DriverRules {
  private static final int ALL_FLAGS = 15;
  private static final long RESET_NVRAM_SINCE = 8_001_000;
  private static final long EXTERNAL_SINCE = 9_007_000;

  private static final ImmutableList<Rule> RULES =
      ImmutableList.of(
          CommonRules.UNKNOWN_TARGET,
          CommonRules.CONTRADICTORY_FLAGS,
          CommonRules.unknownFlags(QemuRules::knownFlags),
          Rule.measured(
              "something that is going on in the domain",
              situation -> situation.blocked().isPresent(),
              situation -> situation.refused(situation.blocked().get())),
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
              ImmutableList.of("9.0.0")),
          CommonRules.NO_DOMAIN_DESCRIBED,
          CommonRules.MANAGED_SAVE_WITHOUT_MEMORY,
          Rule.measured(
              "a guest that the host can't start",
              situation -> situation.unstartable().isPresent(),
              situation -> situation.refused(situation.unstartable().get())),
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

  private static int knownFlags(Situation situation) {
    return situation.isOlderThan(RESET_NVRAM_SINCE)
        ? ALL_FLAGS & ~RevertFlag.RESET_NVRAM.value()
        : ALL_FLAGS;
  }

  @Override
  public List<Rule> rules() {
    return RULES;
  }

  /** Only an active domain can have a block job. */
  @Override
  public Optional<Refusal> blocked(Domain domain, DomainStatus before, XmlNode definition)
      throws LibvirtException {
    if (!before.isActive()) {
      return Optional.empty();
    }
    try {
      for (String disk : Losses.disks(definition)) {
        if (domain.hasBlockJob(disk)) {
          return Optional.of(blockJob(disk));
        }
      }
      return Optional.empty();
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_OPERATION_TIMEOUT) {
        throw e;
      }
      return Optional.of(
          Refusal.untouched(
              ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
              e.getMessage(),
              "wait until the domain is no longer busy, or ask for retrying(...)"));
    }
  }

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
  public Optional<Refusal> unstartable(Connect connect, XmlNode then) throws LibvirtException {
    try {
      String unused =
          connect.getDomainCapabilities(
              orNull(then.text("devices/emulator")),
              orNull(then.text("os/type/@arch")),
              orNull(then.text("os/type/@machine")),
              orNull(then.text("@type")));
      return Optional.empty();
    } catch (LibvirtException e) {
      if (e.getError().getDomain() != ErrorDomain.VIR_FROM_QEMU) {
        throw e;
      }
      return Optional.of(
          new Refusal(
              e.getError().getCode(),
              true,
              "the host can't start the guest of the snapshot: " + e.getMessage(),
              "put back on the host what is missing there"));
    }
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  @Override
  public List<String> unknowns(DomainStatus before, Optional<XmlNode> then) {
    ImmutableList.Builder<String> unknowns = ImmutableList.builder();
    if (before.isActive()) {
      unknowns.add("whether anyone is connected to the guest's screen or serial console");
    }
    unknowns.add(
        "whether the disk images can be read and still hold the snapshot: libvirt looks only after"
            + " it stopped the guest");
    then.map(domain -> domain.text("os/loader"))
        .filter(loader -> !loader.isEmpty())
        .ifPresent(
            loader -> unknowns.add("whether the firmware is there: " + LogText.escape(loader)));
    return unknowns.build();
  }
}
