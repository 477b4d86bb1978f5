package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import java.util.function.Consumer;

/** Brings a domain to the requested state. */
final class StateCorrector {
  private final Domain domain;
  private final Consumer<StateCorrection> done;

  /**
   * @param done receives each step that was done
   */
  StateCorrector(Domain domain, Consumer<StateCorrection> done) {
    this.domain = domain;
    this.done = done;
  }

  /** Returns whether the state can be changed without losing anything more. */
  static boolean canCorrect(DomainStatus from, DomainState to) {
    return switch (from.state()) {
      case SHUTOFF, CRASHED -> to != DomainState.SHUTOFF && !from.managedSave();
      case PAUSED -> to == DomainState.RUNNING;
      case RUNNING -> to == DomainState.PAUSED;
      default -> false;
    };
  }

  void correct(DomainState from, DomainState to) throws LibvirtException {
    if (from == DomainState.PAUSED) {
      domain.resume();
      done.accept(StateCorrection.RESUMED);
    } else if (from == DomainState.RUNNING) {
      suspend();
    } else if (to == DomainState.PAUSED) {
      createPaused();
    } else {
      create();
    }
  }

  private void create() throws LibvirtException {
    domain.create();
    done.accept(StateCorrection.CREATED);
  }

  private void suspend() throws LibvirtException {
    domain.suspend();
    done.accept(StateCorrection.SUSPENDED);
  }

  private void createPaused() throws LibvirtException {
    try {
      domain.create(DomainCreateFlag.PAUSED);
      done.accept(StateCorrection.CREATED_PAUSED);
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_INVALID_ARG) {
        throw e;
      }
      // The driver does not know START_PAUSED: the guest runs for a moment.
      create();
      suspend();
    }
  }
}
