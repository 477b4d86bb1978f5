package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.jna.NativeConstant;
import io.github.libvirtsnapshot.jna.NativeConstants;
import io.github.libvirtsnapshot.jna.virDomainInfo;

/**
 * The state of a domain, its memory, and its virtual CPUs. Exists for programs written for
 * libvirt-java; in new code, use {@link StateAndReason} and {@link DomainStatus}, with {@link
 * Domain#getState} and {@link DomainStatus#of}.
 */
public final class DomainInfo {
  /** The state of the domain. */
  public final DomainState state;

  /** The most memory that the domain may have, in KiB. */
  public final long maxMem;

  /** The memory that the domain has, in KiB. */
  public final long memory;

  /** The number of virtual CPUs. */
  public final int nrVirtCpu;

  /** The CPU time that the domain has used, in nanoseconds. */
  public final long cpuTime;

  DomainInfo(virDomainInfo info) {
    state =
        NativeConstants.find(DomainState.class, info.state())
            .orElse(DomainState.VIR_DOMAIN_NOSTATE);
    maxMem = info.maxMem();
    memory = info.memory();
    nrVirtCpu = info.nrVirtCpu();
    cpuTime = info.cpuTime();
  }

  @Override
  public String toString() {
    return "DomainInfo{state=%s, maxMem=%d, memory=%d, nrVirtCpu=%d, cpuTime=%d}"
        .formatted(state, maxMem, memory, nrVirtCpu, cpuTime);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * io.github.libvirtsnapshot.DomainState}. A state that has no constant here is {@link
   * #VIR_DOMAIN_NOSTATE}.
   */
  public enum DomainState implements NativeConstant {
    /** No state, or a state that has no constant here. */
    VIR_DOMAIN_NOSTATE(0),
    /** Running. */
    VIR_DOMAIN_RUNNING(1),
    /** Blocked on a resource. */
    VIR_DOMAIN_BLOCKED(2),
    /** Paused. */
    VIR_DOMAIN_PAUSED(3),
    /** Being shut down. */
    VIR_DOMAIN_SHUTDOWN(4),
    /** Shut off. */
    VIR_DOMAIN_SHUTOFF(5),
    /** Crashed. */
    VIR_DOMAIN_CRASHED(6),
    /** Suspended by the guest's own power management. */
    VIR_DOMAIN_PMSUSPENDED(7);

    private final int value;

    DomainState(int value) {
      this.value = value;
    }

    @Override
    public int value() {
      return value;
    }
  }
}
