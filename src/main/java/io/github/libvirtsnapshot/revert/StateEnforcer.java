package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainCreateFlag;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.ErrorNumber;
import io.github.libvirtsnapshot.LibvirtException;
import java.util.List;

/** Brings a domain to the state that libvirt should have left it in. */
final class StateEnforcer {
  private StateEnforcer() {}

  /** Returns whether there is a way from here to there that loses nothing more. */
  static boolean canLead(DomainStatus from, DomainState to) {
    return switch (from.state()) {
      case SHUTOFF, CRASHED -> to != DomainState.SHUTOFF && !from.managedSave();
      case PAUSED -> to == DomainState.RUNNING;
      case RUNNING -> to == DomainState.PAUSED;
      default -> false;
    };
  }

  /** Goes that way, and returns the steps. */
  static List<StateStep> lead(Domain domain, DomainStatus from, DomainState to)
      throws LibvirtException {
    if (from.state() == DomainState.PAUSED) {
      domain.resume();
      return ImmutableList.of(StateStep.RESUMED);
    }
    if (from.state() == DomainState.RUNNING) {
      domain.suspend();
      return ImmutableList.of(StateStep.SUSPENDED);
    }
    if (to == DomainState.PAUSED) {
      return createPaused(domain);
    }
    domain.create();
    return ImmutableList.of(StateStep.CREATED);
  }

  private static List<StateStep> createPaused(Domain domain) throws LibvirtException {
    try {
      domain.create(DomainCreateFlag.PAUSED);
      return ImmutableList.of(StateStep.CREATED_PAUSED);
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_INVALID_ARG) {
        throw e;
      }
    }
    // The driver has no START_PAUSED: the guest runs for a moment.
    domain.create();
    domain.suspend();
    return ImmutableList.of(StateStep.CREATED, StateStep.SUSPENDED);
  }
}
