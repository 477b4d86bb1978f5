package io.github.libvirtsnapshot.revert;

/** What was done to bring a domain to the state that was asked for. */
public enum StateStep {
  /** It was started: {@code virDomainCreate}. */
  CREATED,
  /** It was started with its virtual CPUs standing still: {@code VIR_DOMAIN_START_PAUSED}. */
  CREATED_PAUSED,
  /** It was let run on: {@code virDomainResume}. */
  RESUMED,
  /** It was paused: {@code virDomainSuspend}. */
  SUSPENDED
}
