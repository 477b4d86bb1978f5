package io.github.libvirtsnapshot.guest;

import com.google.common.collect.Comparators;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import java.time.Duration;

/** Waits for the guest agent, on the thread of the caller, since libvirt keeps the limit. */
record AgentProbe() implements Probe {
  @Override
  public String name() {
    return "guest agent";
  }

  @Override
  public boolean needsAgent() {
    return true;
  }

  @Override
  public ProbeAnswer await(Domain domain, Duration atMost) throws InterruptedException {
    try {
      GuestStatus status =
          GuestAgent.of(domain).await(Comparators.max(atMost, GuestAgent.SHORTEST));
      return ProbeAnswer.ready(status.frozen());
    } catch (LibvirtException e) {
      return ProbeAnswer.because(GuestAgent.isTemporary(e) ? Outcome.NOT_READY : Outcome.FAILED, e);
    } catch (RuntimeException | Error e) {
      return ProbeAnswer.because(Outcome.FAILED, e);
    }
  }
}
