package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.ErrorNumber;
import io.github.libvirtsnapshot.RevertFlag;
import io.github.libvirtsnapshot.StateReason;
import java.util.Optional;

/** How one of libvirt's drivers reverts. */
enum DriverRules {
  /** libvirt's test driver, as seen with 9.0 and 11.3. */
  TEST(true),

  /** libvirt's QEMU driver, for QEMU and KVM, as seen with 9.0 and 11.3. */
  QEMU(true),

  /** What libvirt documents, for all other drivers. */
  DOCUMENTED(false);

  private static final int FLAGS_OF_TEST_DRIVER = 7;
  private static final int ALL_FLAGS = 15;
  private static final long RESET_NVRAM_SINCE = 8_001_000;
  private static final long EXTERNAL_SINCE = 9_007_000;

  private final boolean verified;

  DriverRules(boolean verified) {
    this.verified = verified;
  }

  static DriverRules of(Hypervisor hypervisor) {
    return switch (hypervisor.driver()) {
      case "TEST" -> TEST;
      case "QEMU" -> QEMU;
      default -> DOCUMENTED;
    };
  }

  Forecast forecast(Situation situation) {
    if (situation.asked().isEmpty()) {
      return new Forecast(Optional.empty(), Optional.empty(), Optional.empty());
    }
    return switch (this) {
      case TEST -> onTestDriver(situation);
      case QEMU -> onQemu(situation);
      case DOCUMENTED -> asDocumented(situation);
    };
  }

  /** Whether these rules were held against the real thing. */
  boolean isVerified() {
    return verified;
  }

  private static Forecast onTestDriver(Situation situation) {
    return flagsRefused(situation, FLAGS_OF_TEST_DRIVER)
        .or(() -> transientRefused(situation))
        .map(refusal -> Forecast.of(refusal, situation.before()))
        .orElseGet(() -> Forecast.success(reasonOnTestDriver(situation)));
  }

  /** The test driver ignores RUNNING and PAUSED where the snapshot was taken shut off. */
  private static StateReason reasonOnTestDriver(Situation situation) {
    return situation.snapshot().hasMemory()
        ? fromMemory(situation.asked().get())
        : inactive(situation);
  }

  private static Forecast onQemu(Situation situation) {
    return flagsRefused(situation, flagsOfQemu(situation))
        .or(situation::blocked)
        .or(() -> transientRefused(situation))
        .or(() -> externalRefused(situation))
        .or(() -> riskRefused(situation))
        .or(situation::unstartable)
        .map(refusal -> Forecast.of(refusal, situation.before()))
        .orElseGet(() -> Forecast.success(reasonOnQemu(situation)));
  }

  private static int flagsOfQemu(Situation situation) {
    return situation.hypervisor().libvirtVersion() < RESET_NVRAM_SINCE
        ? ALL_FLAGS & ~RevertFlag.RESET_NVRAM.value()
        : ALL_FLAGS;
  }

  private static StateReason reasonOnQemu(Situation situation) {
    DomainState asked = situation.asked().get();
    if (situation.snapshot().hasMemory()) {
      return fromMemory(asked);
    }
    return switch (asked) {
      case RUNNING -> StateReason.RUNNING_BOOTED;
      case PAUSED -> StateReason.PAUSED_USER;
      default -> inactive(situation);
    };
  }

  private static Forecast asDocumented(Situation situation) {
    return flagsRefused(situation, ALL_FLAGS)
        .or(() -> transientRefused(situation))
        .or(() -> riskRefused(situation))
        .map(refusal -> Forecast.of(refusal, situation.before()))
        .orElseGet(() -> new Forecast(Optional.empty(), situation.asked(), Optional.empty()));
  }

  private static StateReason fromMemory(DomainState asked) {
    return asked == DomainState.PAUSED
        ? StateReason.PAUSED_FROM_SNAPSHOT
        : StateReason.RUNNING_FROM_SNAPSHOT;
  }

  private static StateReason inactive(Situation situation) {
    return situation.isActive() ? StateReason.SHUTOFF_FROM_SNAPSHOT : situation.before().reason();
  }

  private static Optional<Refusal> flagsRefused(Situation situation, int known) {
    if (situation.has(RevertFlag.RUNNING) && situation.has(RevertFlag.PAUSED)) {
      return Optional.of(
          Refusal.untouched(
              ErrorNumber.VIR_ERR_INVALID_ARG,
              "RUNNING and PAUSED exclude each other",
              "ask for one of them"));
    }
    return situation.hasFlagsBeyond(known)
        ? Optional.of(
            Refusal.untouched(
                ErrorNumber.VIR_ERR_INVALID_ARG,
                "this driver does not know " + RevertFlag.describe(situation.flags() & ~known),
                "leave it out"))
        : Optional.empty();
  }

  private static Optional<Refusal> transientRefused(Situation situation) {
    return !situation.before().persistent()
            && situation.asked().equals(Optional.of(DomainState.SHUTOFF))
        ? Optional.of(
            Refusal.untouched(
                ErrorNumber.VIR_ERR_OPERATION_INVALID,
                "a transient domain can't be shut off, which the snapshot would make it",
                "ask for running() or paused()"))
        : Optional.empty();
  }

  private static Optional<Refusal> externalRefused(Situation situation) {
    return situation.snapshot().external()
            && situation.hypervisor().libvirtVersion() < EXTERNAL_SINCE
        ? Optional.of(
            Refusal.untouched(
                ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
                "the snapshot is external, and this libvirt can't revert to those",
                "upgrade libvirt on the host, 11.3 can"))
        : Optional.empty();
  }

  private static Optional<Refusal> riskRefused(Situation situation) {
    if (situation.has(RevertFlag.FORCE)) {
      return Optional.empty();
    }
    if (situation.snapshot().domain().isEmpty()) {
      return Optional.of(
          Refusal.untouched(
              ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
              "the snapshot does not tell what the domain was, so nobody can check that it fits",
              "ask for force() if you accept the risk"));
    }
    return situation.before().managedSave() && !situation.snapshot().hasMemory()
        ? Optional.of(
            Refusal.untouched(
                ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
                "the domain has a managed save image, which would no longer fit the disks",
                "remove the image with managedSaveRemove(), or ask for force()"))
        : Optional.empty();
  }
}
