package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.util.Optional;

/**
 * The request to revert a domain to a snapshot.
 *
 * @param domain the name of the domain
 * @param uuid the UUID of the domain
 * @param snapshot the name of the snapshot; empty while it is not selected
 * @param flags the flags that are passed to libvirt; {@link RevertFlag#describe} names them
 * @param targetState the requested state of the domain after the revert; empty while unknown
 */
public record RevertRequest(
    String domain,
    String uuid,
    Optional<String> snapshot,
    int flags,
    Optional<DomainState> targetState)
    implements Serializable {
  /** No component may be null. */
  public RevertRequest {
    checkNotNull(domain, "domain is null");
    checkNotNull(uuid, "uuid is null");
    checkNotNull(snapshot, "snapshot is null");
    checkNotNull(targetState, "targetState is null");
  }

  /** Returns a request whose target state is the state that the flags name, if any. */
  public static RevertRequest of(Domain domain, Optional<String> snapshot, int flags) {
    return new RevertRequest(
        domain.getName(), domain.getUUIDString(), snapshot, flags, stateNamedBy(flags));
  }

  /** Returns the state that RUNNING or PAUSED names. */
  static Optional<DomainState> stateNamedBy(int flags) {
    if ((flags & RevertFlag.RUNNING.value()) != 0) {
      return Optional.of(DomainState.RUNNING);
    }
    return (flags & RevertFlag.PAUSED.value()) != 0
        ? Optional.of(DomainState.PAUSED)
        : Optional.empty();
  }

  /** Returns the same request with the name of the snapshot. */
  public RevertRequest withSnapshot(String name) {
    return new RevertRequest(domain, uuid, Optional.of(name), flags, targetState);
  }

  /** Returns the same request with a target state. */
  public RevertRequest withTargetState(Optional<DomainState> state) {
    return new RevertRequest(domain, uuid, snapshot, flags, state);
  }

  /** Returns one line, as in {@code domain "a" to snapshot "b" (flags = none)}. */
  @Override
  public String toString() {
    String target =
        snapshot
            .map(name -> "snapshot " + LogEscaper.quote(name))
            .orElse("a snapshot that is not selected yet");
    return "domain "
        + LogEscaper.quote(domain)
        + " to "
        + target
        + " (flags = "
        + RevertFlag.describe(flags)
        + ")";
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
