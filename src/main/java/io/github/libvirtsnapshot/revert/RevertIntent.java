package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The description of a revert before it starts, with which another process can resolve the outcome
 * after a crash. {@link SnapshotReverter#withJournal} writes it to a journal before the revert
 * starts; {@link #toText} is its text, and {@link #parse} reads the text.
 *
 * @param request the request
 * @param before the domain right before the revert
 * @param safetySnapshot the name of the safety snapshot that the revert creates first, if one was
 *     requested
 */
public record RevertIntent(
    RevertRequest request, DomainStatus before, Optional<String> safetySnapshot) {
  /**
   * No component may be null.
   *
   * @throws IllegalArgumentException if the name does not have the form of a safety snapshot's name
   */
  public RevertIntent {
    checkNotNull(request, "request is null");
    checkNotNull(before, "before is null");
    SafetySnapshot.checkName(safetySnapshot);
  }

  /**
   * Returns a text for another process, which may have an older or a newer release. It has a few
   * lines of printable ASCII in the form of {@link java.util.Properties}, and the same revert
   * always has the same text. The version of the text is {@code format}; the other names are those
   * of the components, with {@code before.} ahead of those of the {@link DomainStatus}. An {@link
   * Optional} that is empty has no line. Flags, states and reasons are libvirt's numbers.
   *
   * <p>The rules for all releases:
   *
   * <ul>
   *   <li>A name never changes its meaning. A newer release may add names, which older ones ignore.
   *   <li>A text that older releases must not read has a higher {@code format}, and they refuse it.
   *       A release that has a higher format reads the lower ones too.
   *   <li>The number of a state or a reason that the release which reads it does not know is kept
   *       raw in {@link DomainStatus#stateAndReason}; as the target state, it is empty.
   * </ul>
   *
   * @throws IllegalArgumentException if {@link #parse} would refuse the text: the UUID of the
   *     request is malformed, a name has a NUL or an unpaired surrogate, or the text has more than
   *     1,000,000 characters
   */
  public String toText() {
    return RevertIntentText.write(this);
  }

  /**
   * Reads what {@link #toText} returned, of this release or another one.
   *
   * @throws IllegalArgumentException if the text is of a format that this release does not know, is
   *     not complete, or is something else; the message says what is wrong and what to do
   */
  public static RevertIntent parse(String text) {
    return RevertIntentText.parse(text);
  }

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /**
   * Resolves the outcome once. A daemon that was just started does not know the state of its guests
   * yet, and an overloaded one may not have started the revert yet: rely on the result only if two
   * calls, a second apart, return the same, as {@link #awaitOutcome} does.
   *
   * @param connect a connection to the same host
   * @return empty as long as a job is in progress on the domain
   * @throws LibvirtException if libvirt can't be queried
   */
  public Optional<ResolvedOutcome> resolveOutcome(Connect connect) throws LibvirtException {
    checkNotNull(connect, "connect is null");
    try (Domain domain = connect.domainLookupByUUIDString(request.uuid())) {
      ResolvedOutcome outcome = resolve(domain);
      return isStartingUp(outcome) || isBusy(domain) ? Optional.empty() : Optional.of(outcome);
    } catch (NoSuchDomainException e) {
      return Optional.of(ResolvedOutcome.gone());
    }
  }

  ResolvedOutcome resolve(Domain domain) throws LibvirtException {
    return ResolvedOutcome.of(this, domain, isKept(domain));
  }

  /** Returns whether the safety snapshot exists, which then was the current one. */
  private boolean isKept(Domain domain) throws LibvirtException {
    if (safetySnapshot.isEmpty()) {
      return false;
    }
    try {
      domain.snapshotLookupByName(safetySnapshot.get()).close();
      return true;
    } catch (NoSuchSnapshotException e) {
      return false;
    }
  }

  /** A daemon that reconnects to its guests reports this reason. */
  private static boolean isStartingUp(ResolvedOutcome outcome) {
    return outcome.now().filter(now -> now.reason() == StateReason.PAUSED_STARTING_UP).isPresent();
  }

  /** The revert continues if only its client is gone. */
  private static boolean isBusy(Domain domain) throws LibvirtException {
    try {
      return domain.isActive() && new DomainQueries(domain).hasJob();
    } catch (LibvirtException e) {
      if (e.getError().getCode() == ErrorNumber.VIR_ERR_NO_SUPPORT) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Waits until libvirt has no job on the domain any more, and resolves the outcome.
   *
   * @param connect a connection to the same host
   * @param atMost how long, from zero to 2^63 - 1 nanoseconds (292 years); a result takes a second
   *     at least
   * @return empty if there was no reliable result by then
   * @throws LibvirtException if libvirt can't be queried
   * @throws IllegalArgumentException if the time is out of its range
   */
  public Optional<ResolvedOutcome> awaitOutcome(Connect connect, Duration atMost)
      throws LibvirtException, InterruptedException {
    checkArgument(
        !checkNotNull(atMost, "atMost is null").isNegative()
            && atMost.compareTo(RetryPolicy.LONGEST) <= 0,
        "atMost is %s; the range is from zero to about 292 years",
        LogEscaper.seconds(atMost));
    Stopwatch waited = Stopwatch.createStarted();
    Optional<ResolvedOutcome> last = resolveOutcome(connect);
    while (waited.elapsed().compareTo(atMost) < 0) {
      TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
      Optional<ResolvedOutcome> next = resolveOutcome(connect);
      if (next.isPresent() && next.equals(last)) {
        return next;
      }
      last = next;
    }
    return Optional.empty();
  }

  /**
   * Deletes the safety snapshot of a revert that was not done: the next revert creates its own. If
   * the snapshot does not exist, this method does nothing.
   *
   * @param connect a connection to the same host
   * @throws LibvirtException if the snapshot may still exist
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotDelete">virDomainSnapshotDelete</a>
   */
  public void deleteSafetySnapshot(Connect connect) throws LibvirtException {
    if (safetySnapshot.isPresent()) {
      try (Domain domain = connect.domainLookupByUUIDString(request.uuid())) {
        SafetySnapshot.delete(domain, safetySnapshot.get());
      }
    }
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return request
        + ", before: "
        + before
        + safetySnapshot.map(name -> ", safety snapshot " + LogEscaper.quote(name)).orElse("");
  }
}
