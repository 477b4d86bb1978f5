package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Joiner;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The report of a successful revert.
 *
 * @param details all values, in the form that a {@link RevertException} also has
 */
public record RevertReport(RevertDetails details) implements Serializable {

  /**
   * Creates a report.
   *
   * @throws IllegalArgumentException if the details are not those of a successful revert: with an
   *     outcome that {@linkplain RevertOutcome#isReverted is one}, the domain before and after, a
   *     snapshot and an attempt
   */
  public RevertReport {
    checkNotNull(details, "details is null");
    checkArgument(
        details.outcome().isReverted()
            && details.before().isPresent()
            && details.after().isPresent()
            && details.request().snapshot().isPresent()
            && !details.attempts().isEmpty(),
        "these are not the details of a successful revert: %s",
        details);
  }

  /**
   * Returns the outcome: {@link RevertOutcome#REVERTED}, unless the report is that of {@linkplain
   * RevertException#report an exception}.
   */
  public RevertOutcome outcome() {
    return details.outcome();
  }

  /** Returns the request. */
  public RevertRequest request() {
    return details.request();
  }

  /** Returns the name of the domain. */
  public String domain() {
    return request().domain();
  }

  /** Returns the name of the snapshot that the domain was reverted to. */
  public String snapshot() {
    return request().snapshot().orElseThrow();
  }

  /**
   * Returns the flags as libvirt got them; {@link
   * io.github.libvirtsnapshot.flags.RevertFlag#describe} names them.
   */
  public int flags() {
    return request().flags();
  }

  /** Returns the domain right before the revert. */
  public DomainStatus before() {
    return details.before().orElseThrow();
  }

  /**
   * Returns the domain right after the revert; in the report {@linkplain RevertException#report of
   * an exception}, the domain after the wait for its guest.
   */
  public DomainStatus after() {
    return details.after().orElseThrow();
  }

  /** Returns each call of libvirt's revert function, in order; the last one succeeded. */
  public List<RevertAttempt> attempts() {
    return details.attempts();
  }

  /** Returns the duration of the last call of libvirt's revert function. */
  public Duration elapsed() {
    return attempts().get(attempts().size() - 1).elapsed();
  }

  /**
   * Returns the steps that {@link SnapshotReverter#enforcingState} took to reach the requested
   * state; empty if libvirt left the domain in that state.
   */
  public List<StateCorrection> corrections() {
    return details.corrections();
  }

  /**
   * Returns for each disk, the memory and the NVRAM of the snapshot whether its content is
   * certainly that of the time of the snapshot, and if not, why; empty for drivers that the library
   * does not know well enough.
   */
  public List<RestoredPart> contents() {
    return details.contents();
  }

  /** Returns the status of the guest; empty without {@link SnapshotReverter#awaitingGuest}. */
  public Optional<GuestStatus> guest() {
    return details.guest();
  }

  /**
   * Returns the name of the safety snapshot, if one was requested. {@link SnapshotReverter#undo}
   * reverts to it; the caller deletes it with {@link SnapshotReverter#deleteSafetySnapshot}.
   */
  public Optional<String> safetySnapshot() {
    return details.safetySnapshot();
  }

  /**
   * Returns one line, as in {@code reverted domain "web01" to snapshot "clean-install" (flags =
   * none) in 512 ms: the domain is running (from snapshot)}. The line also has the corrections, the
   * status of the guest, content that may differ from the snapshot, and a warning if a managed save
   * image exists. Control characters are escaped.
   */
  @Override
  public String toString() {
    return "reverted "
        + request()
        + " in "
        + TimeUnit.MILLISECONDS.convert(elapsed())
        + " ms: the domain is "
        + after().stateAndReason()
        + correctionsNote()
        + guest().map(guest -> "; " + guest).orElse("")
        + contentsNote()
        + managedSaveNote();
  }

  private String correctionsNote() {
    return corrections().isEmpty()
        ? ""
        : ", after libvirt left another state and the library corrected it: "
            + Joiner.on(", ").join(corrections());
  }

  private String contentsNote() {
    String doubts =
        contents().stream()
            .filter(content -> !content.isKept())
            .map(RestoredPart::toString)
            .collect(Collectors.joining("; "));
    return doubts.isEmpty() ? "" : "; content that may differ from the snapshot: " + doubts;
  }

  private String managedSaveNote() {
    return after().managedSave()
        ? "; warning: the managed save image still exists, and the next start would restore it:"
            + " remove it with managedSaveRemove(), or: virsh managedsave-remove "
            + ShellText.domain(request().domain(), request().uuid())
        : "";
  }
}
