package io.github.libvirtsnapshot.creation;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.facts.SnapshotRequest.Preparation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Prepares the guest for a snapshot, and restores it afterwards. */
final class GuestPreparation {
  private static final Duration BETWEEN_QUERIES = Duration.ofMillis(100);

  private final Domain domain;
  private final Preparation preparation;
  private final Duration atMost;

  private GuestPreparation(Domain domain, Preparation preparation, Duration atMost) {
    this.domain = domain;
    this.preparation = preparation;
    this.atMost = atMost;
  }

  /** Returns the preparation of a domain in a state; none if there is nothing to do. */
  static GuestPreparation of(Domain domain, SnapshotSettings settings, DomainStatus before) {
    return new GuestPreparation(
        domain,
        settings.preparation().applies(before) ? settings.preparation() : Preparation.NONE,
        settings.atMost());
  }

  /** Returns why the guest cannot be prepared, with the way out; changes nothing. */
  Optional<String> obstacle() throws LibvirtException {
    return switch (preparation) {
      case NONE, PAUSE -> Optional.empty();
      case SHUT_OFF -> notRunning("libvirt does not shut down such a guest");
      case FREEZE ->
          notRunning("its agent cannot freeze the file systems").or(this::cannotBeFrozen);
    };
  }

  private Optional<String> notRunning(String consequence) throws LibvirtException {
    return domain.getState().state() == DomainState.RUNNING
        ? Optional.empty()
        : Optional.of(
            "the guest is not running, and "
                + consequence
                + "; resume the guest first (resume(), or: "
                + virsh("resume")
                + ")");
  }

  private Optional<String> cannotBeFrozen() {
    Tried<Boolean> frozen = Tried.of(() -> agent().isFrozen());
    if (frozen.failure().isPresent()) {
      return Optional.of(
          "the guest agent could not be queried: "
              + message(frozen.failure().get())
              + "; check qemu-guest-agent in the guest, or take the snapshot without"
              + " freezingFileSystems()");
    }
    return frozen.value().orElseThrow()
        ? Optional.of(
            "the file systems of the guest are frozen already; thaw them first ("
                + virsh("domfsthaw")
                + ")")
        : Optional.empty();
  }

  /** Pauses the guest or shuts it down; libvirt itself freezes the file systems. */
  void begin() throws LibvirtException {
    switch (preparation) {
      case PAUSE -> domain.suspend();
      case SHUT_OFF -> shutDown();
      case NONE, FREEZE -> {}
    }
  }

  boolean freezes() {
    return preparation == Preparation.FREEZE;
  }

  /** libvirt's call can fail although the guest is off, for example if its agent ended first. */
  private void shutDown() throws LibvirtException {
    try {
      domain.shutdown();
    } catch (LibvirtException e) {
      if (Tried.of(domain::isActive).value().orElse(true)) {
        throw e;
      }
    }
    long end = System.nanoTime() + atMost.toNanos();
    while (domain.isActive()) {
      if (System.nanoTime() - end > 0) {
        throw new LibvirtException(
            LibvirtError.none("the guest did not shut down within " + LogEscaper.seconds(atMost)));
      }
      waitForNextQuery();
    }
  }

  private static void waitForNextQuery() throws LibvirtException {
    Optional<Throwable> interrupted =
        Tried.failure(() -> TimeUnit.NANOSECONDS.sleep(BETWEEN_QUERIES.toNanos()));
    if (interrupted.isPresent()) {
      throw new LibvirtException(
          LibvirtError.none("the thread was interrupted while the guest shut down"));
    }
  }

  /**
   * Restores the guest after a failed {@link #begin}.
   *
   * @return what may not be restored, with the command that restores it
   */
  Optional<String> restoreAfterFailure() {
    boolean mayShutDownLater =
        preparation == Preparation.SHUT_OFF
            && Tried.of(domain::isActive).value().equals(Optional.of(true));
    return mayShutDownLater
        ? Optional.of(
            "the guest was asked to shut down, and can still shut down later; to start it then: "
                + virsh("start"))
        : restore();
  }

  /**
   * Restores the guest after the snapshot.
   *
   * @return what may not be restored, with the command that restores it
   */
  Optional<String> restore() {
    return switch (preparation) {
      case NONE -> Optional.empty();
      case PAUSE -> failed("the guest may still be paused", "to resume it", "resume", this::resume);
      case SHUT_OFF ->
          failed("the guest may still be shut off", "to start it", "start", this::start);
      case FREEZE ->
          failed(
              "the file systems of the guest may still be frozen",
              "to thaw them",
              "domfsthaw",
              this::thaw);
    };
  }

  private Optional<String> failed(
      String what, String purpose, String command, Tried.Action action) {
    return Tried.failure(action)
        .map(failure -> what + ": " + message(failure) + "; " + purpose + ": " + virsh(command));
  }

  private void resume() throws LibvirtException {
    if (domain.getState().state() == DomainState.PAUSED) {
      domain.resume();
    }
  }

  private void start() throws LibvirtException {
    if (!domain.isActive()) {
      domain.create();
    }
  }

  private void thaw() throws LibvirtException {
    if (agent().isFrozen()) {
      int unused = agent().thaw();
    }
  }

  private GuestAgent agent() {
    return GuestAgent.of(domain);
  }

  private String virsh(String command) {
    return "virsh " + command + " " + ShellText.domain(domain.getName(), domain.getUUIDString());
  }

  static String message(Throwable failure) {
    return failure instanceof LibvirtException e
        ? e.getMessage()
        : LogEscaper.escapeForeign(failure.toString());
  }
}
