package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.jna.NativeConstant;
import io.github.libvirtsnapshot.jna.NativeConstants;

/**
 * The state of a domain. Complete for libvirt 11.3.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainState">virDomainState</a>
 */
public enum DomainState implements NativeConstant {
  /** The hypervisor reports no state. */
  NOSTATE(0, "no state"),
  /** The guest runs. */
  RUNNING(1, "running"),
  /** The guest runs and waits for a resource. */
  BLOCKED(2, "idle"),
  /** The guest is in memory; its virtual CPUs are stopped. */
  PAUSED(3, "paused"),
  /** The guest is shutting down. */
  SHUTDOWN(4, "in shutdown"),
  /** The domain is inactive. */
  SHUTOFF(5, "shut off"),
  /** The guest has crashed. */
  CRASHED(6, "crashed"),
  /** The guest's own power management has suspended it. */
  PMSUSPENDED(7, "pmsuspended"),
  /** A number that this release does not know. */
  UNKNOWN(-1, "unknown");

  private final int value;
  private final String words;

  DomainState(int value, String words) {
    this.value = value;
    this.words = words;
  }

  /** Returns libvirt's number for this state, -1 for {@link #UNKNOWN}. */
  @Override
  public int value() {
    return value;
  }

  /** Returns the state as {@code virsh domstate} prints it in English. */
  public String words() {
    return words;
  }

  /** Returns the state with libvirt's number, or {@link #UNKNOWN}. */
  public static DomainState of(int value) {
    return NativeConstants.find(DomainState.class, value).orElse(UNKNOWN);
  }
}
