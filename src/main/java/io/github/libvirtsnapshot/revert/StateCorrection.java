package io.github.libvirtsnapshot.revert;

/** A step that brings a domain to the requested state. */
public enum StateCorrection {
  /** It was started: {@code virDomainCreate}. */
  CREATED,
  /** It was started with its virtual CPUs stopped: {@code VIR_DOMAIN_START_PAUSED}. */
  CREATED_PAUSED,
  /** It was resumed: {@code virDomainResume}. */
  RESUMED,
  /** It was paused: {@code virDomainSuspend}. */
  SUSPENDED
}
