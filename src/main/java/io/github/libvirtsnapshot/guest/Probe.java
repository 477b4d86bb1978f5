package io.github.libvirtsnapshot.guest;

import io.github.libvirtsnapshot.Domain;
import java.time.Duration;

/** One part of a {@link GuestProbe}. */
interface Probe {
  /** Returns the name of the probe, for users. */
  String name();

  /** Returns whether the probe needs the guest agent. */
  boolean needsAgent();

  /** Waits until the guest is ready, the limit has passed, or waiting is useless. */
  ProbeAnswer await(Domain domain, Duration atMost) throws InterruptedException;
}
